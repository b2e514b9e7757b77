"""A callback of the loop cancels the question; who cancelled is read from the task itself."""

import asyncio
from collections.abc import Sequence

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


async def quote_or_default(
    session: aiohttp.ClientSession, url: str, seconds: float, default: float | None
) -> float | None:
    """The price at `url`, or `default` if it takes longer than `seconds`."""
    question = asyncio.create_task(ask(session, url))
    alarm = asyncio.get_running_loop().call_later(seconds, question.cancel)
    try:
        return await question
    except asyncio.CancelledError:
        # A cancellation from outside is counted by the task that runs this line; the alarm's is not.
        current = asyncio.current_task()
        if current is None or current.cancelling():
            raise
        return default
    finally:
        alarm.cancel()


async def quotes_within(
    session: aiohttp.ClientSession, urls: Sequence[str], each: float, total: float
) -> list[float | None]:
    """The prices at `urls`, asked one after another; None for those that take too long."""
    clock = asyncio.get_running_loop().time
    end = clock() + total
    prices: list[float | None] = [None] * len(urls)
    for place, url in enumerate(urls):
        if clock() >= end:
            break
        prices[place] = await quote_or_default(session, url, min(each, end - clock()), None)
    return prices
