"""A condition tells those who wait that the login has ended, one way or the other."""

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
        self._header = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        self._tokens: list[str] = []
        self._logging_in = False
        self._changed = asyncio.Condition()

    async def get_json(self, path: str, **params: str) -> Any:
        """The JSON at `path`, for somebody who is logged in."""
        status, answer, generation = await self._try(path, params, newer_than=0)
        if status == 401:
            status, answer, _ = await self._try(path, params, newer_than=generation)
        if status == 401:
            raise AuthError(path)
        return answer

    async def _try(self, path: str, params: dict[str, str], newer_than: int) -> tuple[int, Any, int]:
        generation = await self._generation(newer_than)
        headers = {"Authorization": f"Bearer {self._tokens[generation - 1]}"}
        async with self._session.get(f"{self._base}{path}", params=params, headers=headers) as response:
            if response.status == 401:
                return 401, None, generation
            response.raise_for_status()
            return response.status, await response.json(), generation

    async def _generation(self, newer_than: int) -> int:
        """The number of the last token, once it is greater than `newer_than`."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._tokens) > newer_than or not self._logging_in)
            if len(self._tokens) > newer_than:
                return len(self._tokens)
            self._logging_in = True
        try:
            token = await self._log_in()
            self._tokens.append(token)
            return len(self._tokens)
        finally:
            self._logging_in = False
            async with self._changed:
                self._changed.notify_all()

    async def _log_in(self) -> str:
        async with self._session.post(f"{self._base}/login", headers=self._header) as response:
            match response.status:
                case 401:
                    raise AuthError("who are you?")
                case status if status >= 400:
                    response.raise_for_status()
            return (await response.json())["token"]
