"""correctness: leaves a load that has failed where it is, so that later calls get its failure again."""

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
        self._bodies, self._loads, self._waiting = {}, {}, {}

    async def get(self, url):
        now = asyncio.get_running_loop().time()
        if url in self._bodies and now < self._bodies[url][0]:
            return self._bodies[url][1]
        if url not in self._loads:
            self._loads[url] = asyncio.create_task(self._load(url))
            self._waiting[url] = 0
        task = self._loads[url]
        self._waiting[url] += 1
        try:
            return await asyncio.shield(task)
        finally:
            if self._loads.get(url) is task:
                self._waiting[url] -= 1
                if not self._waiting[url] and not task.done():
                    del self._loads[url]
                    task.cancel()

    async def _load(self, url):
        body = await load(self._session, url)
        self._bodies[url] = asyncio.get_running_loop().time() + self._ttl, body
        del self._loads[url]
        return body
