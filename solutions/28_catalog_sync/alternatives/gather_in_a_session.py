"""Gather raises the first failure as it is; the session's end ends the requests that are still running."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

import aiohttp


class Missing(Exception):
    """The shop has no such product."""


class Shop(contextlib.AsyncExitStack):
    """A shop, and the session in which it is visited."""

    def __init__(self, base: str, limit: int) -> None:
        super().__init__()
        self._base = base
        self._places = asyncio.BoundedSemaphore(limit)

    async def __aenter__(self) -> "Shop":
        await super().__aenter__()
        self._session = await self.enter_async_context(aiohttp.ClientSession())
        return self

    async def product(self, number: int) -> dict[str, Any]:
        async with self._places:
            response = await self._session.get(f"{self._base}/products/{number}")
            async with response:
                if response.status == 404:
                    raise Missing(number)
                response.raise_for_status()
                return await response.json()

    async def copy_into(self, products: dict[int, dict[str, Any]], number: int) -> None:
        with contextlib.suppress(Missing):
            products[number] = await self.product(number)


async def sync_catalog(base: str, ids: Iterable[int], *, limit: int) -> dict[int, dict[str, Any]]:
    """The products with these `ids`, with at most `limit` requests running at once."""
    products: dict[int, dict[str, Any]] = {}
    async with Shop(base, limit) as shop:
        await asyncio.gather(*(shop.copy_into(products, number) for number in ids))
    return products
