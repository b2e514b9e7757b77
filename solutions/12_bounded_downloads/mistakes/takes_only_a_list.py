"""correctness: asks for the length of `urls`, which not every iterable has."""

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
    bodies = [b""] * len(urls)
    remaining = enumerate(urls)

    async def work():
        for place, url in remaining:
            bodies[place] = await download(session, url)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(limit, len(urls))):
                group.create_task(work())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return bodies
