"""Each grant leaves a task that sleeps for `per` seconds; the next call waits until the oldest of `rate` wakes up."""

import asyncio
from collections import deque

import aiohttp


class RateLimiter:
    """Grants at most `rate` calls in any window of `per` seconds."""

    def __init__(self, rate: int, per: float) -> None:
        self.rate = rate
        self.per = per
        self._asleep: deque[asyncio.Task[None]] = deque()
        self._turn = asyncio.Lock()

    async def acquire(self) -> None:
        """Return as soon as the limit allows one more request."""
        async with self._turn:
            if len(self._asleep) == self.rate:
                # Unlike `await`, `wait` does not pass a cancellation on to the task.
                await asyncio.wait([self._asleep[0]])
                self._asleep.popleft()
            self._asleep.append(asyncio.create_task(asyncio.sleep(self.per)))


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
