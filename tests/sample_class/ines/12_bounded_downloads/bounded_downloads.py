"""cancellation: catches CancelledError and returns what it has."""

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

    async def limited(place, url):
        async with semaphore:
            bodies[place] = await download(session, url)

    try:
        async with asyncio.TaskGroup() as group:
            for place, url in enumerate(urls):
                group.create_task(limited(place, url))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    except asyncio.CancelledError:
        pass
    return [bodies[place] for place in sorted(bodies)]
