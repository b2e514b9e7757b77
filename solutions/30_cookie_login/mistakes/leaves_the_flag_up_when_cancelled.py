"""cancellation: notes that a login is running, and never takes the note back if it is cancelled."""

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
        self._user = user
        self._password = password
        self._token: str | None = None
        self._logging_in = False
        self._ended = asyncio.Event()

    async def get_json(self, path: str, **params: str) -> Any:
        """The JSON at `path`, for somebody who is logged in."""
        token = None
        for _ in range(2):
            token = await self._token_other_than(token)
            headers = {"Authorization": f"Bearer {token}"}
            async with self._session.get(f"{self._base}{path}", params=params, headers=headers) as response:
                if response.status != 401:
                    response.raise_for_status()
                    return await response.json()
        raise AuthError("the service refuses a new token")

    async def _token_other_than(self, refused: str | None) -> str:
        """The current token, or a new one if the current one is the one that was refused."""
        while self._token == refused:
            if not self._logging_in:
                self._logging_in = True
                try:
                    self._token = await self._log_in()
                except Exception:
                    self._logging_in = False
                    self._ended.set()
                    raise
                self._logging_in = False
                self._ended.set()
                self._ended = asyncio.Event()
            else:
                await self._ended.wait()
        return self._token

    async def _log_in(self) -> str:
        headers = {"Authorization": aiohttp.encode_basic_auth(self._user, self._password)}
        async with self._session.post(f"{self._base}/login", headers=headers) as response:
            if response.status == 401:
                raise AuthError("the service refuses the password")
            response.raise_for_status()
            return (await response.json())["token"]
