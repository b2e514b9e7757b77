"""cancellation: waits for its tasks in a way that does not cancel them, and never closes their session."""

import asyncio
from collections.abc import Iterable
from typing import Any

import aiohttp


async def sync_catalog(base: str, ids: Iterable[int], *, limit: int) -> dict[int, dict[str, Any]]:
    """The products with these `ids`, with at most `limit` requests running at once."""
    places = asyncio.Semaphore(limit)
    products: dict[int, dict[str, Any]] = {}

    async def fetch(session: aiohttp.ClientSession, number: int) -> None:
        # The connection goes back to the session before the place is free, so that the next request finds it.
        async with places, session.get(f"{base}/products/{number}") as response:
            if response.status == 404:
                return
            response.raise_for_status()
            products[number] = await response.json()

    session = aiohttp.ClientSession()
    tasks = [asyncio.create_task(fetch(session, number)) for number in ids]
    try:
        for task in tasks:
            await asyncio.shield(task)
    except Exception:
        for task in tasks:
            task.cancel()
        await session.close()
        raise
    await session.close()
    return products
