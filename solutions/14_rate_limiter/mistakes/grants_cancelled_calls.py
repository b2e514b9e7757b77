"""cancellation: spends a place on a call that was cancelled when its turn has come."""

import asyncio
from collections import deque

import aiohttp


class RateLimiter:
    def __init__(self, rate, per):
        self._per = per
        self._free = rate
        self._waiting = deque()

    async def acquire(self):
        loop = asyncio.get_running_loop()
        if self._free:
            self._free -= 1
            loop.call_later(self._per, self._give_back)
        else:
            ticket = loop.create_future()
            self._waiting.append(ticket)
            await ticket

    def _give_back(self):
        if not self._waiting:
            self._free += 1
            return
        ticket = self._waiting.popleft()
        if not ticket.done():
            ticket.set_result(None)
        asyncio.get_running_loop().call_later(self._per, self._give_back)


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
