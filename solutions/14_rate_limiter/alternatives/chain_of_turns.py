"""Each call waits for the one before it to be granted or gone; the links between them are futures."""

import asyncio

import aiohttp


class RateLimiter:
    """Grants at most `rate` calls in any window of `per` seconds."""

    def __init__(self, rate: int, per: float) -> None:
        self.rate = rate
        self.per = per
        self._grants: list[float] = []
        self._last: asyncio.Future[None] | None = None

    async def acquire(self) -> None:
        """Return as soon as the limit allows one more request."""
        loop = asyncio.get_running_loop()
        before, mine = self._last, loop.create_future()
        self._last = mine
        try:
            if before is not None:
                await asyncio.shield(before)
            if len(self._grants) == self.rate:
                await asyncio.sleep(self._grants[0] + self.per - loop.time())
                del self._grants[0]
            self._grants.append(loop.time())
        finally:
            if before is None or before.done():
                mine.set_result(None)
            else:
                before.add_done_callback(lambda _: mine.set_result(None))


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
