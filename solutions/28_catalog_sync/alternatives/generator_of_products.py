"""Requests are sent by an asynchronous generator, which yields products as they arrive and cleans up at its end."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any

import aiohttp


async def product(session: aiohttp.ClientSession, url: str) -> dict[str, Any] | None:
    """The product at `url`, if there is one."""
    response = await session.get(url)
    async with response:
        match response.status:
            case 404:
                return None
            case status if status >= 400:
                response.raise_for_status()
        found: dict[str, Any] = await response.json()
        return found


async def products(base: str, ids: Iterable[int], limit: int) -> AsyncGenerator[tuple[int, dict[str, Any]], None]:
    """The products that exist, in the order in which they arrive."""
    remaining = iter(ids)
    running: dict[asyncio.Task[dict[str, Any] | None], int] = {}
    async with aiohttp.ClientSession() as session:
        try:
            while True:
                for number in itertools.islice(remaining, limit - len(running)):
                    running[asyncio.create_task(product(session, f"{base}/products/{number}"))] = number
                if not running:
                    return
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in [task for task in running if task.done()]:
                    number, found = running.pop(task), task.result()
                    if found is not None:
                        yield number, found
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def sync_catalog(base: str, ids: Iterable[int], *, limit: int) -> dict[int, dict[str, Any]]:
    """The products with these `ids`, with at most `limit` requests running at once."""
    async with aclosing(products(base, ids, limit)) as arriving:
        return {number: found async for number, found in arriving}
