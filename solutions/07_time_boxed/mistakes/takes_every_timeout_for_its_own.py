"""correctness: takes a TimeoutError of the session for its own, and returns the default."""

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
    try:
        return await asyncio.wait_for(ask(session, url), seconds)
    except TimeoutError:
        return default


async def quotes_within(session, urls, each, total):
    clock = asyncio.get_running_loop().time
    end = clock() + total
    prices = [None] * len(urls)
    for place, url in enumerate(urls):
        left = end - clock()
        if left <= 0:
            break
        try:
            async with asyncio.timeout(min(each, left)) as limit:
                prices[place] = await ask(session, url)
        except TimeoutError:
            if not limit.expired():
                raise
    return prices
