"""Sync the catalogue: copy a shop's products over a few connections, and close them all."""

import asyncio
from collections.abc import Iterable
from typing import Any

import aiohttp


async def sync_catalog(base: str, ids: Iterable[int], *, limit: int) -> dict[int, dict[str, Any]]:
    """The products with these `ids`, with at most `limit` requests running at once."""

    async def fetch(number: int) -> tuple[int, dict[str, Any]]:
        async with aiohttp.ClientSession() as session, session.get(f"{base}/products/{number}") as response:
            return number, await response.json()

    # TODO: use one session for all requests, hold back those that exceed `limit`, and look at each status.
    return dict(await asyncio.gather(*(fetch(number) for number in ids)))
