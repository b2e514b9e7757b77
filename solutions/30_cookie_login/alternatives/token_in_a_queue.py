"""The token lies in a queue with one place: whoever takes it out and finds it bad puts in a new one."""

import asyncio
from typing import Any

import aiohttp


class AuthError(Exception):
    """The service does not accept us."""


class ApiClient:
    """A client of a service that wants a login."""

    def __init__(self, session: aiohttp.ClientSession, base: str, user: str, password: str) -> None:
        self._session = session
        self._base = base
        self._login_header = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        self._place: asyncio.Queue[str | None] = asyncio.Queue(1)
        self._place.put_nowait(None)

    async def get_json(self, path: str, **params: str) -> Any:
        """The JSON at `path`, for somebody who is logged in."""
        token: str | None = None
        for _ in ("first", "again"):
            token = await self._better_than(token)
            headers = {"Authorization": f"Bearer {token}"}
            async with self._session.get(f"{self._base}{path}", params=params, headers=headers) as response:
                if response.status != 401:
                    response.raise_for_status()
                    return await response.json()
        raise AuthError("The service does not accept the new token.")

    async def _better_than(self, bad: str | None) -> str:
        """A token that is not `bad`."""
        token = await self._place.get()
        try:
            if token is None or token == bad:
                token = None
                token = await self._log_in()
            return token
        finally:
            self._place.put_nowait(token)

    async def _log_in(self) -> str:
        """A new token."""
        async with self._session.post(f"{self._base}/login", headers=self._login_header) as response:
            if response.status == 401:
                raise AuthError("The service does not accept the password.")
            response.raise_for_status()
            return str((await response.json())["token"])
