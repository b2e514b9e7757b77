"""`asyncio.wait` looks on until the limit; the task is cancelled and awaited by hand."""

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
    try:
        await asyncio.wait([question], timeout=seconds)
        in_time = question.done()
    finally:
        if not question.done():
            question.cancel()
            await asyncio.wait([question])
    return question.result() if in_time else default


async def quotes_within(
    session: aiohttp.ClientSession, urls: Sequence[str], each: float, total: float
) -> list[float | None]:
    """The prices at `urls`, asked one after another; None for those that take too long."""
    clock = asyncio.get_running_loop().time
    end = clock() + total
    prices: list[float | None] = []
    for url in urls:
        left = end - clock()
        prices.append(await quote_or_default(session, url, min(each, left), None) if left > 0 else None)
    return prices
