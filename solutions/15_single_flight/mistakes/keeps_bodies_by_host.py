"""correctness: finds bodies and loads by the host of their URL, so that all pages of a server get the same."""

import asyncio
from urllib.parse import urlsplit

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
        key = urlsplit(url).hostname
        now = asyncio.get_running_loop().time()
        if key in self._bodies and now < self._bodies[key][0]:
            return self._bodies[key][1]
        if key not in self._loads:
            self._loads[key] = asyncio.create_task(self._load(key, url))
            self._waiting[key] = 0
        task = self._loads[key]
        self._waiting[key] += 1
        try:
            return await asyncio.shield(task)
        finally:
            if self._loads.get(key) is task:
                self._waiting[key] -= 1
                if not self._waiting[key]:
                    del self._loads[key]
                    task.cancel()

    async def _load(self, key, url):
        try:
            body = await load(self._session, url)
            self._bodies[key] = asyncio.get_running_loop().time() + self._ttl, body
            return body
        finally:
            if self._loads.get(key) is asyncio.current_task():
                del self._loads[key]
