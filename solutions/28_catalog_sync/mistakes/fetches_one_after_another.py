"""concurrency: sends a request only when the one before it has been answered."""

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

    try:
        async with aiohttp.ClientSession() as session:
            for number in ids:
                await fetch(session, number)
    except ExceptionGroup as failures:
        # A task group wraps even a single failure; the caller is promised the failure itself.
        raise failures.exceptions[0] from None
    return products
