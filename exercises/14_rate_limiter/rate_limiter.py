"""A polite limiter: as many requests as the server allows, and not one more."""

import asyncio

import aiohttp


class RateLimiter:
    """Grants at most `rate` calls in any window of `per` seconds."""

    def __init__(self, rate: int, per: float) -> None:
        self.rate = rate
        self.per = per

    async def acquire(self) -> None:
        """Return as soon as the limit allows one more request."""
        # TODO: make the call wait when the window is full.
        await asyncio.sleep(0)


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
