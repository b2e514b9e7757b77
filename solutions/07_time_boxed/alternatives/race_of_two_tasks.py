"""The question races a sleeping task; whoever loses is cancelled and awaited."""

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
    bell = asyncio.create_task(asyncio.sleep(seconds))
    try:
        await asyncio.wait([question, bell], return_when=asyncio.FIRST_COMPLETED)
        late = not question.done()
    finally:
        for runner in (question, bell):
            runner.cancel()
        await asyncio.wait([question, bell])
    return default if late else question.result()


async def quotes_within(
    session: aiohttp.ClientSession, urls: Sequence[str], each: float, total: float
) -> list[float | None]:
    """The prices at `urls`, asked one after another; None for those that take too long."""
    prices: list[float | None] = []
    end = asyncio.get_running_loop().time() + total
    try:
        async with asyncio.timeout_at(end) as round_of_questions:
            for url in urls:
                prices.append(await quote_or_default(session, url, each, None))
    except TimeoutError:
        if not round_of_questions.expired():
            raise
    return [*prices, *[None] * (len(urls) - len(prices))]
