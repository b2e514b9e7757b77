"""The connector of the session holds the requests back: it has no more than `limit` connections to give."""

import asyncio
from collections.abc import Iterable
from typing import Any

import aiohttp


async def product_or_none(session: aiohttp.ClientSession, number: int) -> tuple[int, dict[str, Any] | None]:
    async with session.get(f"products/{number}") as response:
        if response.status == 404:
            return number, None
        response.raise_for_status()
        return number, await response.json()


async def sync_catalog(base: str, ids: Iterable[int], *, limit: int) -> dict[int, dict[str, Any]]:
    """The products with these `ids`, with at most `limit` requests running at once."""
    connector = aiohttp.TCPConnector(limit=limit)
    # The time that a request waits for a connection counts in its timeout, so that there is none.
    no_limit = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(f"{base}/", connector=connector, timeout=no_limit) as session:
        tasks = [asyncio.ensure_future(product_or_none(session, number)) for number in ids]
        try:
            answers = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
    return {number: product for number, product in answers if product is not None}
