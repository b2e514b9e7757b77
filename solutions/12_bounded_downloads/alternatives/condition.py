"""A condition that counts the running downloads, and a task group that is unwrapped."""

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
    if not limit >= 1:
        raise ValueError(f"A limit of {limit} lets nothing through.")
    free = asyncio.Condition()
    running = 0
    bodies: dict[int, bytes] = {}

    async def fill(place: int, url: str) -> None:
        nonlocal running
        async with free:
            await free.wait_for(lambda: running < limit)
            running += 1
        bodies[place] = await download(session, url)
        # Only after a success: after a failure or a cancellation, no other download may begin.
        async with free:
            running -= 1
            free.notify()

    try:
        async with asyncio.TaskGroup() as group:
            for place, url in enumerate(urls):
                group.create_task(fill(place, url))
    except* Exception as failures:
        failure = failures
        while isinstance(failure, BaseExceptionGroup):
            failure = failure.exceptions[0]
    else:
        return [body for _, body in sorted(bodies.items())]
    raise failure
