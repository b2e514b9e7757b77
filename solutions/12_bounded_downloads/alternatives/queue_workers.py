"""Workers empty a queue; the first of them to end badly ends the others."""

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
    queue: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
    for job in enumerate(urls):
        queue.put_nowait(job)
    bodies = [b""] * queue.qsize()

    async def work() -> None:
        while not queue.empty():
            place, url = queue.get_nowait()
            bodies[place] = await download(session, url)

    workers = [asyncio.create_task(work()) for _ in range(limit)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return bodies
