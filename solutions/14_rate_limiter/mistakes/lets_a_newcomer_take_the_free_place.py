"""correctness: lets a call that comes when a place is free take it, although others were told of that place before."""

import asyncio
from collections import deque

import aiohttp


class RateLimiter:
    """Grants at most `rate` calls in any window of `per` seconds."""

    def __init__(self, rate: int, per: float) -> None:
        self.rate = rate
        self.per = per
        self._grants: deque[float] = deque()
        self._changed = asyncio.Condition()

    def _has_room(self) -> bool:
        now = asyncio.get_running_loop().time()
        while self._grants and self._grants[0] + self.per <= now:
            self._grants.popleft()
        return len(self._grants) < self.rate

    async def acquire(self) -> None:
        """Return as soon as the limit allows one more request."""
        loop = asyncio.get_running_loop()
        async with self._changed:
            await self._changed.wait_for(self._has_room)
            self._grants.append(loop.time())
        loop.call_later(self.per, lambda: asyncio.ensure_future(self._tell()))

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
