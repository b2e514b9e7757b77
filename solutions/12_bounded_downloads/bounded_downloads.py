"""A semaphore holds the downloads back; a task group owns them."""

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

    async def in_a_place(url: str) -> bytes:
        async with places:
            return await download(session, url)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(in_a_place(url)) for url in urls]
    except* aiohttp.ClientError as failures:
        failure = failures.exceptions[0]
    else:
        return [task.result() for task in tasks]
    raise failure
