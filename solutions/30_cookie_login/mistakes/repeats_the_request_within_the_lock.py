"""concurrency: holds the lock of the login while it repeats its request, so that repetitions wait for each other."""

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
        self._auth = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        self._token = None
        self._lock = asyncio.Lock()

    async def get_json(self, path: str, **params: str) -> Any:
        """The JSON at `path`, for somebody who is logged in."""
        async with self._lock:
            if self._token is None:
                self._token = await self._log_in()
            token = self._token
        try:
            return await self._get(path, params, token)
        except aiohttp.ClientResponseError as error:
            if error.status != 401:
                raise
        async with self._lock:
            if self._token == token:
                self._token = await self._log_in()
            try:
                return await self._get(path, params, self._token)
            except aiohttp.ClientResponseError as error:
                if error.status != 401:
                    raise
                raise AuthError("The service does not accept the new token.") from error

    async def _get(self, path: str, params: dict[str, str], token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        async with self._session.get(f"{self._base}{path}", params=params, headers=headers) as response:
            response.raise_for_status()
            return await response.json()

    async def _log_in(self) -> str:
        """A new token."""
        async with self._session.post(f"{self._base}/login", headers=self._auth) as response:
            if response.status == 401:
                raise AuthError("The service does not accept the password.")
            response.raise_for_status()
            return (await response.json())["token"]
