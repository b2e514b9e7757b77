"""Each turn of a loop starts one fetch and waits for what happens first: an end, or the stagger."""

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
        raise ValueError("there are no mirrors to ask")
    fetches: list[asyncio.Task[bytes]] = []
    running: set[asyncio.Task[bytes]] = set()
    try:
        while running or len(fetches) < len(mirrors):
            if len(fetches) < len(mirrors):
                latest = asyncio.create_task(fetch(session, mirrors[len(fetches)]))
                fetches.append(latest)
                running.add(latest)
            patience = stagger if len(fetches) < len(mirrors) else None
            done, running = await asyncio.wait(running, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            for ended in done:
                if ended.exception() is None:
                    return ended.result()
    # On every way out: `asyncio.wait` leaves its tasks running, also when it is cancelled.
    finally:
        for loser in running:
            loser.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    failures = [failed.exception() for failed in fetches]
    raise ExceptionGroup("no mirror has answered", [failure for failure in failures if isinstance(failure, Exception)])
