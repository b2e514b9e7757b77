"""cancellation: shields the question and stops it after the limit, but not after a cancellation."""

import asyncio

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


async def quote_or_default(session, url, seconds, default):
    question = asyncio.create_task(ask(session, url))
    try:
        async with asyncio.timeout(seconds) as limit:
            return await asyncio.shield(question)
    except TimeoutError:
        if not limit.expired():
            raise
        question.cancel()
        await asyncio.wait([question])
        return default


async def quotes_within(session, urls, each, total):
    clock = asyncio.get_running_loop().time
    end = clock() + total
    prices = [None] * len(urls)
    for place, url in enumerate(urls):
        if clock() >= end:
            break
        prices[place] = await quote_or_default(session, url, min(each, end - clock()), None)
    return prices
