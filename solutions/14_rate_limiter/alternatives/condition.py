"""A condition wakes the callers; the one whose number is the lowest watches the clock for all."""

import asyncio
import contextlib
import itertools

import aiohttp


class RateLimiter:
    """Grants at most `rate` calls in any window of `per` seconds."""

    def __init__(self, rate: int, per: float) -> None:
        self._rate = rate
        self._per = per
        self._grants: list[float] = []
        self._numbers = itertools.count()
        self._waiting: list[int] = []
        self._changed = asyncio.Condition()

    async def acquire(self) -> None:
        """Return as soon as the limit allows one more request."""
        number = next(self._numbers)
        self._waiting.append(number)
        async with self._changed:
            try:
                await self._changed.wait_for(lambda: self._waiting[0] == number)
                while self._seconds_until_there_is_room() > 0:
                    # Nobody notifies the first in the queue, so that this ends when the time is up.
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(self._seconds_until_there_is_room()):
                            await self._changed.wait()
                self._grants = [*self._grants, asyncio.get_running_loop().time()][-self._rate :]
            finally:
                self._waiting.remove(number)
                self._changed.notify_all()

    def _seconds_until_there_is_room(self) -> float:
        if len(self._grants) < self._rate:
            return 0
        return self._grants[0] + self._per - asyncio.get_running_loop().time()


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
