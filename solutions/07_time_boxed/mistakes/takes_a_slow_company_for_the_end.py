"""correctness: `quotes_within` takes the TimeoutError of a session for the end of the total."""

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
        async with asyncio.timeout(seconds) as limit:
            return await ask(session, url)
    except TimeoutError:
        if not limit.expired():
            raise
        return default


async def quotes_within(session, urls, each, total):
    prices = [None] * len(urls)
    try:
        async with asyncio.timeout(total):
            for place, url in enumerate(urls):
                prices[place] = await quote_or_default(session, url, each, None)
    except TimeoutError:
        pass
    return prices
