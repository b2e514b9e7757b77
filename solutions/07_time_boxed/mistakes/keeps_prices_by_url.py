"""correctness: keeps the prices by URL, so that a company that is asked twice has one price in both places."""

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
    try:
        async with asyncio.timeout(seconds) as limit:
            return await ask(session, url)
    except TimeoutError:
        if not limit.expired():
            raise
        return default


async def quotes_within(
    session: aiohttp.ClientSession, urls: Sequence[str], each: float, total: float
) -> list[float | None]:
    """The prices at `urls`, asked one after another; None for those that take too long."""
    prices: dict[str, float | None] = dict.fromkeys(urls)
    try:
        async with asyncio.timeout(total) as limit:
            for url in urls:
                prices[url] = await quote_or_default(session, url, each, None)
    except TimeoutError:
        if not limit.expired():
            raise
    return [prices[url] for url in urls]
