"""A quote before the deadline: the live price if it arrives in time, another if it does not."""

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
    return await ask(session, url)


async def quotes_within(
    session: aiohttp.ClientSession, urls: Sequence[str], each: float, total: float
) -> list[float | None]:
    """The prices at `urls`, asked one after another; None for those that take too long."""
    # TODO: keep the limits: `seconds` above, `each` and `total` here.
    return [await quote_or_default(session, url, each, None) for url in urls]
