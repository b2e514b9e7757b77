"""The end of each request starts the next: callbacks, and one Future for the whole."""

import asyncio
from collections.abc import Iterable
from typing import Any

import aiohttp


class Sync:
    """Requests that run, and the products that have come."""

    def __init__(self, session: aiohttp.ClientSession, base: str, ids: Iterable[int]) -> None:
        self.session, self.base, self.ids = session, base, iter(ids)
        self.products: dict[int, dict[str, Any]] = {}
        self.running: set[asyncio.Task[None]] = set()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def start_next(self) -> None:
        """Start the next request, if there is one and nothing has failed."""
        if self.over.done():
            return
        for number in self.ids:
            task = asyncio.create_task(self.fetch(number))
            self.running.add(task)
            task.add_done_callback(self.ended)
            return
        if not self.running:
            self.over.set_result(None)

    def ended(self, task: asyncio.Task[None]) -> None:
        """Note how a request has ended."""
        self.running.remove(task)
        if task.cancelled() or self.over.done():
            return
        if error := task.exception():
            self.over.set_exception(error)
        else:
            self.start_next()

    async def fetch(self, number: int) -> None:
        """Add one product, if it exists."""
        async with self.session.get(f"{self.base}/products/{number}") as response:
            if response.status != 404:
                response.raise_for_status()
                self.products[number] = await response.json()


async def sync_catalog(base: str, ids: Iterable[int], *, limit: int) -> dict[int, dict[str, Any]]:
    """The products with these `ids`, with at most `limit` requests running at once."""
    session = aiohttp.ClientSession()
    sync = Sync(session, base, ids)
    try:
        for _ in range(limit):
            sync.start_next()
        await sync.over
        return sync.products
    finally:
        for task in sync.running:
            task.cancel()
        await asyncio.gather(*sync.running, return_exceptions=True)
        await session.close()
