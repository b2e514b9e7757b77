"""correctness: keeps the token in the class, so that a client of another user sends the token of the first."""

import asyncio
from typing import Any

import aiohttp


class AuthError(Exception):
    """The service does not accept us."""


class ApiClient:
    """A client of a service that wants a login."""

    token = None

    def __init__(self, session: aiohttp.ClientSession, base: str, user: str, password: str) -> None:
        self._session = session
        self._base = base
        self._header = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        self._lock = asyncio.Lock()

    async def get_json(self, path: str, **params: str) -> Any:
        """The JSON at `path`, for somebody who is logged in."""
        token = None
        for _ in range(2):
            async with self._lock:
                if ApiClient.token == token:
                    ApiClient.token = await self._log_in()
                token = ApiClient.token
            headers = {"Authorization": f"Bearer {token}"}
            async with self._session.get(f"{self._base}{path}", params=params, headers=headers) as response:
                if response.status != 401:
                    response.raise_for_status()
                    return await response.json()
        raise AuthError("The service does not accept the new token.")

    async def _log_in(self) -> str:
        async with self._session.post(f"{self._base}/login", headers=self._header) as response:
            if response.status == 401:
                raise AuthError("The service does not accept the password.")
            response.raise_for_status()
            return (await response.json())["token"]
