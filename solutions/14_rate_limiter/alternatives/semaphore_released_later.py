"""A semaphore has `rate` places; each place that is taken comes back `per` seconds later."""

import asyncio

import aiohttp


class RateLimiter:
    """Grants at most `rate` calls in any window of `per` seconds."""

    def __init__(self, rate: int, per: float) -> None:
        self._per = per
        self._places = asyncio.Semaphore(rate)

    async def acquire(self) -> None:
        """Return as soon as the limit allows one more request."""
        await self._places.acquire()
        asyncio.get_running_loop().call_later(self._per, self._places.release)


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
