"""concurrency: gives up when the last mirror has had its `stagger` seconds too, though fetches are running."""

import asyncio
from collections.abc import Sequence

import aiohttp


async def fetch(session: aiohttp.ClientSession, url: str) -> bytes:
    """The body of `url`; when it is cancelled, it says goodbye to the mirror before it ends."""
    try:
        async with session.get(url) as response:
            response.raise_for_status()
            return await response.read()
    except asyncio.CancelledError:
        async with session.delete(url) as response:
            response.raise_for_status()
        raise


async def first_success(session: aiohttp.ClientSession, mirrors: Sequence[str], stagger: float) -> bytes:
    """The first body that one of `mirrors` delivers; each is asked `stagger` seconds after the one before."""
    if not mirrors:
        raise ValueError("There are no mirrors.")
    tasks: list[asyncio.Task[bytes]] = []
    pending: set[asyncio.Task[bytes]] = set()
    failures: list[Exception] = []
    try:
        for url in mirrors:
            tasks.append(asyncio.create_task(fetch(session, url)))
            pending.add(tasks[-1])
            done, pending = await asyncio.wait(pending, timeout=stagger, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not task.exception():
                    return task.result()
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
    failures = [TimeoutError() if task.cancelled() else task.exception() for task in tasks]
    raise ExceptionGroup("No mirror has answered.", failures)
