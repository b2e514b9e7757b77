"""correctness: keeps the grants in the class, so that all limiters share one window."""

import asyncio
from collections import deque

import aiohttp


class RateLimiter:
    grants = deque()

    def __init__(self, rate, per):
        self._rate, self._per = rate, per
        self._turn = asyncio.Lock()

    async def acquire(self):
        clock = asyncio.get_running_loop().time
        async with self._turn:
            if len(self.grants) >= self._rate:
                await asyncio.sleep(self.grants[-self._rate] + self._per - clock())
            self.grants.append(clock())


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
