"""A few workers share one iterator and one session, which takes a 404 for a failure like any other."""

import asyncio
from collections.abc import Iterable
from typing import Any

import aiohttp


async def sync_catalog(base: str, ids: Iterable[int], *, limit: int) -> dict[int, dict[str, Any]]:
    """The products with these `ids`, with at most `limit` requests running at once."""
    products: dict[int, dict[str, Any]] = {}
    remaining = iter(ids)

    async def work(session: aiohttp.ClientSession) -> None:
        for number in remaining:
            try:
                async with session.get(f"{base}/products/{number}") as response:
                    products[number] = await response.json()
            except aiohttp.ClientResponseError as error:
                if error.status != 404:
                    raise

    session = aiohttp.ClientSession(raise_for_status=True)
    try:
        await to_the_end([asyncio.create_task(work(session)) for _ in range(limit)])
    finally:
        await session.close()
    return products


async def to_the_end(workers: list[asyncio.Task[None]]) -> None:
    """Wait for all workers; end them all where one fails."""
    try:
        done, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        for worker in done:
            worker.result()
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
