"""`as_completed` with a timeout for a single question, and a round that asks one company and hands on the rest."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

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

    async def abandon(question: asyncio.Task[float]) -> None:
        question.cancel()
        await asyncio.gather(question, return_exceptions=True)

    async with AsyncExitStack() as stack:
        question = asyncio.create_task(ask(session, url))
        stack.push_async_callback(abandon, question)
        for first in asyncio.as_completed([question], timeout=seconds):
            try:
                return await first
            except TimeoutError:
                if question.done():
                    raise
    return default


async def quotes_within(
    session: aiohttp.ClientSession, urls: Sequence[str], each: float, total: float
) -> list[float | None]:
    """The prices at `urls`, asked one after another; None for those that take too long."""
    if not urls or total <= 0:
        return [None] * len(urls)
    clock = asyncio.get_running_loop().time
    end = clock() + total
    price = await quote_or_default(session, urls[0], min(each, total), None)
    return [price, *await quotes_within(session, urls[1:], each, end - clock())]
