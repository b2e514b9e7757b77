"""concurrency: starts a batch only when the whole batch before it has ended."""

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
    urls = list(urls)
    bodies = []
    for start in range(0, len(urls), limit):
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(download(session, url)) for url in urls[start : start + limit]]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        bodies += [task.result() for task in tasks]
    return bodies
