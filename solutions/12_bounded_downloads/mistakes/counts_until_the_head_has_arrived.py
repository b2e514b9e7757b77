"""concurrency: frees the place of a download when the head of the answer has arrived, not its body."""

import asyncio
from collections.abc import Iterable

import aiohttp


async def download(session: aiohttp.ClientSession, url: str) -> bytes:
    """The body of `url`."""
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()


async def download_all(session: aiohttp.ClientSession, urls: Iterable[str], limit: int) -> list[bytes]:
    """The bodies of `urls`, in order, with at most `limit` downloads running at once."""
    if limit < 1:
        raise ValueError("limit must be at least 1")
    places = asyncio.Semaphore(limit)

    async def download_in_turn(url: str) -> bytes:
        async with places:
            response = await session.get(url)
        async with response:
            response.raise_for_status()
            return await response.read()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(download_in_turn(url)) for url in urls]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
