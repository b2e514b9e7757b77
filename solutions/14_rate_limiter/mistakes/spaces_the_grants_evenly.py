"""concurrency: keeps `per / rate` seconds between any two grants, although the window has room for a burst."""

import asyncio

import aiohttp


class RateLimiter:
    def __init__(self, rate, per):
        self._pause = per / rate
        self._next = 0.0
        self._turn = asyncio.Lock()

    async def acquire(self):
        clock = asyncio.get_running_loop().time
        async with self._turn:
            if self._next > clock():
                await asyncio.sleep(self._next - clock())
            self._next = clock() + self._pause


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
