"""A task lets the callers in one after another; it begins with the first that waits, and ends with the last."""

import asyncio
from collections import deque

import aiohttp


class RateLimiter:
    """Grants at most `rate` calls in any window of `per` seconds."""

    def __init__(self, rate: int, per: float) -> None:
        self._rate = rate
        self._per = per
        self._grants: list[float] = []
        self._callers: deque[asyncio.Future[None]] = deque()
        self._doorkeeper: asyncio.Task[None] | None = None

    async def acquire(self) -> None:
        """Return as soon as the limit allows one more request."""
        caller: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._callers.append(caller)
        if self._doorkeeper is None:
            self._doorkeeper = asyncio.create_task(self._keep_the_door())
        await caller

    async def _keep_the_door(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._callers:
            if len(self._grants) == self._rate:
                await asyncio.sleep(self._grants.pop(0) + self._per - clock())
            # Whoever was cancelled in the meantime does not use the place up.
            while self._callers:
                caller = self._callers.popleft()
                if not caller.done():
                    caller.set_result(None)
                    self._grants.append(clock())
                    break
        self._doorkeeper = None


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
