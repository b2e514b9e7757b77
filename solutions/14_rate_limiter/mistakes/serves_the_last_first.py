"""correctness: takes the waiting calls from a stack, so that the one that came last is granted first."""

import asyncio

import aiohttp


class RateLimiter:
    def __init__(self, rate, per):
        self._per = per
        self._free = rate
        self._waiting = []

    async def acquire(self):
        loop = asyncio.get_running_loop()
        if self._free:
            self._free -= 1
        else:
            ticket = loop.create_future()
            self._waiting.append(ticket)
            try:
                await ticket
            except asyncio.CancelledError:
                if ticket.cancelled():
                    self._waiting.remove(ticket)
                else:
                    self._give_back()
                raise
        loop.call_later(self._per, self._give_back)

    def _give_back(self):
        if self._waiting:
            self._waiting.pop().set_result(None)
        else:
            self._free += 1


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
