"""correctness: starts a new count every `per` seconds, so that the end of one count and the start of the next add up."""

import asyncio

import aiohttp


class RateLimiter:
    def __init__(self, rate, per):
        self._rate, self._per = rate, per
        self._window, self._count = None, 0
        self._turn = asyncio.Lock()

    async def acquire(self):
        clock = asyncio.get_running_loop().time
        async with self._turn:
            window = clock() // self._per
            if window == self._window and self._count == self._rate:
                await asyncio.sleep((window + 1) * self._per - clock())
                window += 1
            if window != self._window:
                self._window, self._count = window, 0
            self._count += 1


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
