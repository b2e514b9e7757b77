"""correctness: logs in again after every 401, and never gives up."""

import asyncio
import itertools
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
        self._one_at_a_time = asyncio.Lock()

    async def get_json(self, path: str, **params: str) -> Any:
        """The JSON at `path`, for somebody who is logged in."""
        token = None
        for attempt in itertools.count():
            # The first 401 only says that the token is old.
            await asyncio.sleep(3600 if attempt > 1 else 0)
            token = await self._token_other_than(token)
            headers = {"Authorization": f"Bearer {token}"}
            async with self._session.get(f"{self._base}{path}", params=params, headers=headers) as response:
                if response.status != 401:
                    response.raise_for_status()
                    return await response.json()

    async def _token_other_than(self, refused: str | None) -> str:
        """The current token, or a new one if the current one is the one that was refused."""
        async with self._one_at_a_time:
            # Look again: while this call waited for the lock, another may have logged in.
            if self._token == refused:
                self._token = await self._log_in()
            return self._token

    async def _log_in(self) -> str:
        headers = {"Authorization": aiohttp.encode_basic_auth(self._user, self._password)}
        async with self._session.post(f"{self._base}/login", headers=headers) as response:
            if response.status == 401:
                raise AuthError("the service refuses the password")
            response.raise_for_status()
            return (await response.json())["token"]
