"""One task logs in for all calls; each call awaits it through a shield."""

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
        self._credentials = aiohttp.encode_basic_auth(user, password)
        self._login: asyncio.Task[str] | None = None

    async def get_json(self, path: str, **params: str) -> Any:
        """The JSON at `path`, for somebody who is logged in."""
        try:
            login = self._login or self._begin_login()
            return await self._get(path, params, await asyncio.shield(login))
        except aiohttp.ClientResponseError as error:
            if error.status != 401:
                raise
        if self._login is login:
            self._begin_login()
        try:
            return await self._get(path, params, await asyncio.shield(self._login or self._begin_login()))
        except aiohttp.ClientResponseError as error:
            raise AuthError(path) if error.status == 401 else error from None

    async def _get(self, path: str, params: dict[str, str], token: str) -> Any:
        headers = {"Authorization": "Bearer " + token}
        async with self._session.get(self._base + path, params=params, headers=headers) as response:
            response.raise_for_status()
            return await response.json()

    def _begin_login(self) -> "asyncio.Task[str]":
        self._login = asyncio.create_task(self._log_in())
        return self._login

    async def _log_in(self) -> str:
        try:
            url, headers = f"{self._base}/login", {"Authorization": self._credentials}
            async with self._session.post(url, headers=headers) as response:
                if response.status == 401:
                    raise AuthError("wrong password")
                response.raise_for_status()
                answer = await response.json()
                return answer["token"]
        except BaseException:
            # A failed login is not for the calls to come.
            self._login = None
            raise
