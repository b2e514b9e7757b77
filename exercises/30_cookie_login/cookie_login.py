"""Log in once: many calls need a token at the same moment, and one login serves them all."""

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

    async def get_json(self, path: str, **params: str) -> Any:
        """The JSON at `path`, for somebody who is logged in."""
        # TODO: log in when a token is needed, once for all calls that need it.
        async with self._session.get(f"{self._base}{path}", params=params) as response:
            return await response.json()
