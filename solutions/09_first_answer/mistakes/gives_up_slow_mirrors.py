"""concurrency: gives up a mirror that is slow when it asks the next."""

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
    if not mirrors:
        raise ValueError("there are no mirrors to ask")
    failures = []
    for place, url in enumerate(mirrors):
        try:
            async with asyncio.timeout(stagger if place < len(mirrors) - 1 else None):
                return await fetch(session, url)
        except Exception as failure:
            failures.append(failure)
    raise ExceptionGroup("no mirror has answered", failures)
