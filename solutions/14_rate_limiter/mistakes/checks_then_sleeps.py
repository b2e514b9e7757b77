"""correctness: looks at the window before it sleeps and not after it, so that all who slept go at the same moment."""

import asyncio
from collections import deque

import aiohttp


class RateLimiter:
    def __init__(self, rate, per):
        self._rate, self._per = rate, per
        self._grants = deque(maxlen=rate)

    async def acquire(self):
        clock = asyncio.get_running_loop().time
        if len(self._grants) == self._rate and self._grants[0] + self._per > clock():
            await asyncio.sleep(self._grants[0] + self._per - clock())
        self._grants.append(clock())


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
