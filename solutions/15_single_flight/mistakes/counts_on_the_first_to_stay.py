"""cancellation: lets only the call that began a load cancel it, if it is the last to leave."""

import asyncio

import aiohttp


async def load(session: aiohttp.ClientSession, url: str) -> bytes:
    """The body of `url`, fresh from its server."""
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()


class SingleFlightCache:
    """Bodies of pages, each loaded once for all who ask for it, and kept for `ttl` seconds."""

    def __init__(self, session: aiohttp.ClientSession, ttl: float) -> None:
        self.session = session
        self.ttl = ttl
        self._kept: dict[str, tuple[float, bytes]] = {}
        self._loads: dict[str, asyncio.Task[bytes]] = {}
        self._followers: dict[str, int] = {}

    async def get(self, url: str) -> bytes:
        """The body of `url`, at most `ttl` seconds old."""
        if url in self._kept and asyncio.get_running_loop().time() < self._kept[url][0]:
            return self._kept[url][1]
        if url in self._loads:
            return await self._follow(url)
        self._loads[url] = task = asyncio.create_task(self._load(url))
        self._followers[url] = 0
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if self._loads.get(url) is task and not self._followers[url]:
                del self._loads[url]
                task.cancel()
            raise

    async def _follow(self, url: str) -> bytes:
        self._followers[url] += 1
        try:
            return await asyncio.shield(self._loads[url])
        finally:
            self._followers[url] -= 1

    async def _load(self, url: str) -> bytes:
        try:
            body = await load(self.session, url)
            self._kept[url] = asyncio.get_running_loop().time() + self.ttl, body
            return body
        finally:
            if self._loads.get(url) is asyncio.current_task():
                del self._loads[url]
