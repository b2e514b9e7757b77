"""correctness: keeps bodies by the path of their URL, without its query."""

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
        self._bodies: dict[str, bytes] = {}
        self._loads: dict[str, asyncio.Task[bytes]] = {}
        self._waiting: dict[str, int] = {}

    async def get(self, url: str) -> bytes:
        """The body of `url`, at most `ttl` seconds old."""
        address, url = url, url.partition("?")[0]
        if url in self._bodies:
            return self._bodies[url]
        if url not in self._loads:
            self._loads[url] = asyncio.create_task(self._load(address, url))
            self._waiting[url] = 0
        task = self._loads[url]
        self._waiting[url] += 1
        try:
            return await asyncio.shield(task)
        finally:
            if self._loads.get(url) is task:
                self._waiting[url] -= 1
                if not self._waiting[url]:
                    del self._loads[url]
                    task.cancel()

    async def _load(self, address: str, url: str) -> bytes:
        task = asyncio.current_task()
        try:
            body = await load(self.session, address)
            self._bodies[url] = body
            asyncio.get_running_loop().call_later(self.ttl, self._bodies.pop, url, None)
            return body
        finally:
            if self._loads.get(url) is task:
                del self._loads[url]
