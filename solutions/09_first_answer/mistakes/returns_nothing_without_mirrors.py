"""correctness: returns None when there are no mirrors."""

import asyncio

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


async def first_success(session, mirrors, stagger):
    fetches = []
    running = set()
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
    finally:
        for loser in running:
            loser.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    if fetches:
        raise ExceptionGroup("no mirror has answered", [failed.exception() for failed in fetches])
