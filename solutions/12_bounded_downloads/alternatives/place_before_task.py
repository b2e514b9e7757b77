"""A task is made only when there is a place for it; its end gives the place back."""

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
    places = asyncio.BoundedSemaphore(limit)
    tasks: list[asyncio.Task[bytes]] = []
    try:
        async with asyncio.TaskGroup() as group:
            for url in urls:
                await places.acquire()
                task = group.create_task(download(session, url))
                task.add_done_callback(lambda _: places.release())
                tasks.append(task)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0]
    return [task.result() for task in tasks]
