"""correctness: keeps the bodies by URL, so that a URL that comes twice has only one."""

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
    semaphore = asyncio.Semaphore(limit)
    bodies = {}

    async def limited(url):
        async with semaphore:
            bodies[url] = await download(session, url)

    try:
        async with asyncio.TaskGroup() as group:
            for url in urls:
                bodies[url] = None
                group.create_task(limited(url))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return list(bodies.values())
