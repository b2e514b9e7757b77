"""A client middleware of aiohttp adds the token, and repeats a request that was refused."""

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
        self._auth = aiohttp.encode_basic_auth(user, password)
        self._token = ""
        self._lock = asyncio.Lock()

    async def get_json(self, path: str, **params: str) -> Any:
        """The JSON at `path`, for somebody who is logged in."""
        url = f"{self._base}{path}"
        async with self._session.get(url, params=params, middlewares=(self._authenticated,)) as response:
            response.raise_for_status()
            return await response.json()

    async def _authenticated(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        if not self._token:
            await self._renew("")
        used = self._token
        self._authorize(request)
        response = await handler(request)
        if response.status == 401:
            response.release()
            await self._renew(used)
            self._authorize(request)
            response = await handler(request)
            if response.status == 401:
                response.release()
                raise AuthError(str(request.url))
        return response

    def _authorize(self, request: aiohttp.ClientRequest) -> None:
        request.headers["Authorization"] = f"Bearer {self._token}"
        # The request was made before the login, and does not know the cookie that came with it.
        cookies = self._session.cookie_jar.filter_cookies(request.url)
        request.headers["Cookie"] = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())

    async def _renew(self, used: str) -> None:
        await self._lock.acquire()
        try:
            if self._token != used:
                return
            response = await self._session.request("POST", f"{self._base}/login", headers={"Authorization": self._auth})
            async with response:
                if response.status == 401:
                    raise AuthError
                response.raise_for_status()
                self._token = (await response.json())["token"]
        finally:
            self._lock.release()
