"""As many workers as the limit allows take their URLs from one iterator."""

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
    bodies: dict[int, bytes] = {}
    remaining = enumerate(urls)

    async def work() -> None:
        for place, url in remaining:
            bodies[place] = await download(session, url)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(limit):
                group.create_task(work())
    except* Exception as failures:
        failure = failures.exceptions[0]
    else:
        return [bodies[place] for place in range(len(bodies))]
    raise failure
