"""cancellation: starts a task that hands out the grants and never ends."""

import asyncio
from collections import deque

import aiohttp


class RateLimiter:
    def __init__(self, rate, per):
        self._rate, self._per = rate, per
        self._grants = deque(maxlen=rate)
        self._calls = asyncio.Queue()
        self._task = None

    async def acquire(self):
        if self._task is None:
            self._task = asyncio.create_task(self._hand_out())
        ticket = asyncio.get_running_loop().create_future()
        self._calls.put_nowait(ticket)
        await ticket

    async def _hand_out(self):
        clock = asyncio.get_running_loop().time
        while True:
            ticket = await self._calls.get()
            if len(self._grants) == self._rate and not ticket.done():
                await asyncio.sleep(self._grants[0] + self._per - clock())
            if not ticket.done():
                ticket.set_result(None)
                self._grants.append(clock())


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
