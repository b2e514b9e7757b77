"""correctness: joins the path of a product to the host of `base`, and so loses the path of `base`."""

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin

import aiohttp


async def sync_catalog(base: str, ids: Iterable[int], *, limit: int) -> dict[int, dict[str, Any]]:
    """The products with these `ids`, with at most `limit` requests running at once."""
    products = {}
    remaining = iter(ids)

    async def work(session: aiohttp.ClientSession) -> None:
        for number in remaining:
            async with session.get(urljoin(base, f"/products/{number}")) as response:
                if response.status != 404:
                    response.raise_for_status()
                    products[number] = await response.json()

    session = aiohttp.ClientSession()
    workers = [asyncio.create_task(work(session)) for _ in range(limit)]
    try:
        await asyncio.gather(*workers)
        return products
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await session.close()
