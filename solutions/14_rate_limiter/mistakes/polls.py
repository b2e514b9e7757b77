"""concurrency: looks at the window every tenth of a second, and so grants later than it could."""

import asyncio
from collections import deque

import aiohttp


class RateLimiter:
    def __init__(self, rate, per):
        self._rate, self._per = rate, per
        self._grants = deque(maxlen=rate)
        self._turn = asyncio.Lock()

    async def acquire(self):
        clock = asyncio.get_running_loop().time
        async with self._turn:
            while len(self._grants) == self._rate and self._grants[0] + self._per > clock():
                await asyncio.sleep(0.1)
            self._grants.append(clock())


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
