"""cancellation: reserves the moment of a grant before it sleeps, and does not give it back when it is cancelled."""

import asyncio
from collections import deque

import aiohttp


class RateLimiter:
    def __init__(self, rate, per):
        self._rate, self._per = rate, per
        self._grants = deque(maxlen=rate)

    async def acquire(self):
        now = moment = asyncio.get_running_loop().time()
        if len(self._grants) == self._rate:
            moment = max(now, self._grants[0] + self._per)
        self._grants.append(moment)
        if moment > now:
            await asyncio.sleep(moment - now)


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
