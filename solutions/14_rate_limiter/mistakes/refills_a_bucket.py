"""correctness: fills a bucket with tokens all the time, so that a full bucket and its refill come in one window."""

import asyncio

import aiohttp


class RateLimiter:
    def __init__(self, rate, per):
        self._rate, self._per = rate, per
        self._tokens, self._filled = rate, None
        self._turn = asyncio.Lock()

    async def acquire(self):
        clock = asyncio.get_running_loop().time
        async with self._turn:
            now = clock()
            if self._filled is not None:
                self._tokens = min(self._rate, self._tokens + (now - self._filled) * self._rate / self._per)
            self._filled = now
            if self._tokens < 1:
                await asyncio.sleep((1 - self._tokens) * self._per / self._rate)
                self._tokens, self._filled = 1, clock()
            self._tokens -= 1


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
