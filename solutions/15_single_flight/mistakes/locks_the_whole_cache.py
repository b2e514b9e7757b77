"""concurrency: holds one lock for all URLs, so that each load waits for those of other URLs."""

import asyncio

import aiohttp


async def load(session: aiohttp.ClientSession, url: str) -> bytes:
    """The body of `url`, fresh from its server."""
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()


class SingleFlightCache:
    def __init__(self, session, ttl):
        self._session, self._ttl = session, ttl
        self._bodies = {}
        self._lock = asyncio.Lock()

    async def get(self, url):
        clock = asyncio.get_running_loop().time
        async with self._lock:
            if url not in self._bodies or clock() >= self._bodies[url][0]:
                body = await load(self._session, url)
                self._bodies[url] = clock() + self._ttl, body
            return self._bodies[url][1]
