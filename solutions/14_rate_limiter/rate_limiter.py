"""A lock keeps the calls in order; whoever holds it sleeps until the oldest grant has left the window."""

import asyncio
from collections import deque

import aiohttp


class RateLimiter:
    """Grants at most `rate` calls in any window of `per` seconds."""

    def __init__(self, rate: int, per: float) -> None:
        self._per = per
        self._grants: deque[float] = deque(maxlen=rate)
        self._turn = asyncio.Lock()

    async def acquire(self) -> None:
        """Return as soon as the limit allows one more request."""
        clock = asyncio.get_running_loop().time
        async with self._turn:
            if len(self._grants) == self._grants.maxlen:
                await asyncio.sleep(self._grants[0] + self._per - clock())
            # Noted only now: a call that is cancelled before has left no trace.
            self._grants.append(clock())


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
