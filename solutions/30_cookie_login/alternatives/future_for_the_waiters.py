"""A dictionary maps each refused token to a future with the next one; the first call to ask sees to it."""

import asyncio
import base64
from typing import Any

import aiohttp


class AuthError(Exception):
    """The service does not accept us."""


class ApiClient:
    """A client of a service that wants a login."""

    def __init__(self, session: aiohttp.ClientSession, base: str, user: str, password: str) -> None:
        self._session = session
        self._base = base
        self._secret = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._current = ""
        self._next: dict[str, asyncio.Future[str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def get_json(self, path: str, **params: str) -> Any:
        """The JSON at `path`, for somebody who is logged in."""
        token = self._current or await self._successor("")
        for last in (False, True):
            async with self._session.get(
                f"{self._base}{path}", params=params, headers={"Authorization": f"Bearer {token}"}
            ) as response:
                if response.ok:
                    return await response.json()
                if response.status != 401:
                    response.raise_for_status()
            if last:
                raise AuthError(path)
            token = self._current if self._current != token else await self._successor(token)

    async def _successor(self, token: str) -> str:
        if token not in self._next:
            self._next[token] = asyncio.get_running_loop().create_future()
            task = asyncio.create_task(self._find(token, self._next[token]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(self._next[token])

    async def _find(self, token: str, future: "asyncio.Future[str]") -> None:
        try:
            async with self._session.post(
                f"{self._base}/login", headers={"Authorization": f"Basic {self._secret}"}
            ) as response:
                if response.status == 401:
                    raise AuthError("refused")
                response.raise_for_status()
                self._current = (await response.json())["token"]
                future.set_result(self._current)
        except Exception as error:
            future.set_exception(error)
        finally:
            del self._next[token]
