"""A clerk hands out tokens: calls queue up with the token that they know to be bad, and one task serves them all."""

import asyncio
from collections import deque
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
        self._token: str | None = None
        self._queue: deque[tuple[str | None, asyncio.Future[str]]] = deque()
        self._clerk: asyncio.Task[None] | None = None

    async def get_json(self, path: str, **params: str) -> Any:
        """The JSON at `path`, for somebody who is logged in."""
        token = await self._other_than(None)
        status, answer = await self._get(path, params, token)
        if status == 401:
            token = await self._other_than(token)
            status, answer = await self._get(path, params, token)
        if status == 401:
            raise AuthError("The service does not accept the new token.")
        return answer

    async def _get(self, path: str, params: dict[str, str], token: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        async with self._session.get(self._base + path, params=params, headers=headers) as response:
            if response.status == 401:
                return 401, None
            response.raise_for_status()
            return response.status, await response.json()

    async def _other_than(self, bad: str | None) -> str:
        """A token that is not `bad`."""
        if self._token is not None and self._token != bad:
            return self._token
        wanted: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._queue.append((bad, wanted))
        if self._clerk is None:
            self._clerk = asyncio.create_task(self._serve())
        return await wanted

    async def _serve(self) -> None:
        """Serve the queue until it is empty; those who wait share what a login brings, a failure too."""
        try:
            await self._log_in()
        except Exception as failure:
            for _, wanted in self._queue:
                if not wanted.done():
                    wanted.set_exception(failure)
        else:
            for _, wanted in self._queue:
                if not wanted.done():
                    wanted.set_result(self._token or "")
        finally:
            self._queue.clear()
            self._clerk = None

    async def _log_in(self) -> None:
        async with self._session.post(f"{self._base}/login", headers=self._auth) as response:
            if response.status == 401:
                raise AuthError("The service does not accept the password.")
            response.raise_for_status()
            self._token = (await response.json())["token"]
