"""Timers that cancel the question; who has been cancelled tells whether the caller or a timer has done it."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import aiohttp


async def ask(session: aiohttp.ClientSession, url: str) -> float:
    """The price at `url`; when it is cancelled, it withdraws the question before it ends."""
    try:
        async with session.get(url) as response:
            response.raise_for_status()
            answer = await response.json()
    except asyncio.CancelledError:
        async with session.delete(url):
            pass
        raise
    return answer["price"]


class Question:
    """A question to a company, which alarms may cancel."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.task = asyncio.create_task(ask(session, url))
        self.late = False

    def ring(self) -> None:
        # Once only: a second cancellation would end the withdrawal.
        if not self.task.done() and not self.late:
            self.late = True
            self.task.cancel()

    async def price(self, seconds: float, default: float | None) -> float | None:
        caller = asyncio.current_task()
        cancellations = caller.cancelling()
        alarm = asyncio.get_running_loop().call_later(seconds, self.ring)
        try:
            return await self.task
        except asyncio.CancelledError:
            if self.late and caller.cancelling() == cancellations:
                return default
            raise
        finally:
            alarm.cancel()


async def quote_or_default(
    session: aiohttp.ClientSession, url: str, seconds: float, default: float | None
) -> float | None:
    """The price at `url`, or `default` if it takes longer than `seconds`."""
    return await Question(session, url).price(seconds, default)


async def quotes_within(
    session: aiohttp.ClientSession, urls: Sequence[str], each: float, total: float
) -> list[float | None]:
    """The prices at `urls`, asked one after another; None for those that take too long."""
    closed = False
    running: list[Question] = []

    def close() -> None:
        nonlocal closed
        closed = True
        running[-1].ring()

    async def prices() -> AsyncIterator[float | None]:
        for url in urls:
            if closed:
                yield None
            else:
                running.append(Question(session, url))
                yield await running[-1].price(each, None)

    if not urls:
        return []
    evening = asyncio.get_running_loop().call_later(total, close)
    try:
        return [price async for price in prices()]
    finally:
        evening.cancel()
