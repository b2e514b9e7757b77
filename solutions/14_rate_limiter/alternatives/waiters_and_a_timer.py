"""Each call waits for a future of its own; one timer fulfils those whose turn has come."""

import asyncio
from collections import deque

import aiohttp


class RateLimiter:
    """Grants at most `rate` calls in any window of `per` seconds."""

    def __init__(self, rate: int, per: float) -> None:
        self._rate = rate
        self._per = per
        self._grants: deque[float] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def acquire(self) -> None:
        """Return as soon as the limit allows one more request."""
        loop = asyncio.get_running_loop()
        ticket: asyncio.Future[None] = loop.create_future()
        self._waiting.append(ticket)
        self._let_in()
        try:
            await ticket
        except asyncio.CancelledError:
            # Granted and cancelled at the same moment: the place goes to the next.
            if not ticket.cancelled():
                self._grants.pop()
                self._let_in()
            raise

    def _let_in(self) -> None:
        loop = asyncio.get_running_loop()
        while self._grants and self._grants[0] + self._per <= loop.time():
            self._grants.popleft()
        while self._waiting and len(self._grants) < self._rate:
            ticket = self._waiting.popleft()
            if not ticket.done():
                ticket.set_result(None)
                self._grants.append(loop.time())
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._timer = loop.call_at(self._grants[0] + self._per, self._let_in)


async def fetch(session: aiohttp.ClientSession, limiter: RateLimiter, url: str) -> bytes:
    """The body of `url`, requested when `limiter` allows it."""
    await limiter.acquire()
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()
