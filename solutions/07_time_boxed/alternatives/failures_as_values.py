"""`wait_for` around a wrapper that returns failures as values: any TimeoutError is then its own."""

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


async def outcome(session: aiohttp.ClientSession, url: str) -> tuple[float | None, Exception | None]:
    """The price at `url`, or the exception in its place."""
    try:
        return await ask(session, url), None
    except Exception as failure:
        return None, failure


async def quote_or_default(
    session: aiohttp.ClientSession, url: str, seconds: float, default: float | None
) -> float | None:
    """The price at `url`, or `default` if it takes longer than `seconds`."""
    try:
        price, failure = await asyncio.wait_for(outcome(session, url), seconds)
    except TimeoutError:
        return default
    if failure is not None:
        raise failure
    return price


async def quotes_within(
    session: aiohttp.ClientSession, urls: Sequence[str], each: float, total: float
) -> list[float | None]:
    """The prices at `urls`, asked one after another; None for those that take too long."""
    prices: list[float | None] = []
    failures: list[Exception] = []

    async def ask_all() -> None:
        try:
            for url in urls:
                prices.append(await quote_or_default(session, url, each, None))
        except Exception as failure:
            failures.append(failure)

    try:
        await asyncio.wait_for(ask_all(), total)
    except TimeoutError:
        pass
    for failure in failures:
        raise failure
    return prices + [None] * (len(urls) - len(prices))
