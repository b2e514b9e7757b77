"""correctness: keeps each product under the text of its id."""

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
            products[str(number)] = await response.json()

    try:
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            for number in ids:
                group.create_task(fetch(session, number))
    except ExceptionGroup as failures:
        # A task group wraps even a single failure; the caller is promised the failure itself.
        raise failures.exceptions[0] from None
    return products
