"""A window of running tasks slides over the URLs."""

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
    tasks: list[asyncio.Task[bytes]] = []
    running: set[asyncio.Task[bytes]] = set()
    try:
        for url in urls:
            if len(running) == limit:
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()  # raises if the download failed
            task = asyncio.create_task(download(session, url))
            tasks.append(task)
            running.add(task)
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
