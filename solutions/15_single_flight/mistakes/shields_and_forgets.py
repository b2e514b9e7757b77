"""cancellation: shields the load and does not count who waits, so that it goes on when nobody does."""

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
        self._bodies, self._loads = {}, {}

    async def get(self, url):
        now = asyncio.get_running_loop().time()
        if url in self._bodies and now < self._bodies[url][0]:
            return self._bodies[url][1]
        if url not in self._loads:
            self._loads[url] = asyncio.create_task(self._load(url))
        task = self._loads[url]
        return await asyncio.shield(task)

    async def _load(self, url):
        try:
            body = await load(self._session, url)
            self._bodies[url] = asyncio.get_running_loop().time() + self._ttl, body
            return body
        finally:
            if self._loads.get(url) is asyncio.current_task():
                del self._loads[url]
