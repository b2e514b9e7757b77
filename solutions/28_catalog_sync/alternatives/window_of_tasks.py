"""A window of at most `limit` tasks moves over the ids; a queue would do the same."""

import asyncio
from collections.abc import Iterable
from typing import Any

import aiohttp


async def sync_catalog(base: str, ids: Iterable[int], *, limit: int) -> dict[int, dict[str, Any]]:
    """The products with these `ids`, with at most `limit` requests running at once."""
    products: dict[int, dict[str, Any]] = {}
    running: set[asyncio.Task[None]] = set()

    async def fetch(session: aiohttp.ClientSession, number: int) -> None:
        async with session.get(f"{base}/products/{number}") as response:
            if response.ok:
                products[number] = await response.json()
            elif response.status != 404:
                response.raise_for_status()

    async def one_ends() -> None:
        nonlocal running
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async with aiohttp.ClientSession() as session:
        try:
            for number in ids:
                running.add(asyncio.create_task(fetch(session, number)))
                if len(running) == limit:
                    await one_ends()
            while running:
                await one_ends()
        except BaseException:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            raise
    return products
