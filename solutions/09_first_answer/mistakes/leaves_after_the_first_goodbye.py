"""cancellation: waits for the first goodbye of several when it is cancelled, not for the last."""

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

    async def stop(until: str) -> None:
        for task in pending:
            task.cancel()
        if pending:
            await asyncio.wait(pending, return_when=until)

    try:
        while pending or len(tasks) < len(mirrors):
            if len(tasks) < len(mirrors):
                tasks.append(asyncio.create_task(fetch(session, mirrors[len(tasks)])))
                pending.add(tasks[-1])
            timeout = stagger if len(tasks) < len(mirrors) else None
            done, pending = await asyncio.wait(pending, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not task.exception():
                    await stop(asyncio.ALL_COMPLETED)
                    return task.result()
    except asyncio.CancelledError:
        await stop(asyncio.FIRST_COMPLETED)
        raise
    raise ExceptionGroup("No mirror has answered.", [task.exception() for task in tasks])
