"""cancellation: leaves the place of a cancelled call to the end of the line, past those who wait for later places."""

import asyncio

import aiohttp


class RateLimiter:
    """Grants at most `rate` calls in any window of `per` seconds."""

    def __init__(self, rate: int, per: float) -> None:
        self.rate = rate
        self.per = per
        self._free_at: asyncio.Queue[float] = asyncio.Queue()
        for _ in range(rate):
            self._free_at.put_nowait(0.0)

    async def acquire(self) -> None:
        """Return as soon as the limit allows one more request."""
        loop = asyncio.get_running_loop()
        moment = await self._free_at.get()
        try:
            if moment > loop.time():
                await asyncio.sleep(moment - loop.time())
        except asyncio.CancelledError:
            self._free_at.put_nowait(moment)
            raise
        self._free_at.put_nowait(loop.time() + self.per)


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
