"""The fetches put their outcomes into a queue, from which the next one is awaited for the stagger at most."""

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
    outcomes: asyncio.Queue[tuple[int, bytes | Exception]] = asyncio.Queue()

    async def report(place: int) -> None:
        try:
            outcomes.put_nowait((place, await fetch(session, mirrors[place])))
        except Exception as failure:
            outcomes.put_nowait((place, failure))

    failures: dict[int, Exception] = {}
    tasks: list[asyncio.Task[None]] = []
    try:
        while len(failures) < len(mirrors):
            if len(tasks) < len(mirrors):
                tasks.append(asyncio.create_task(report(len(tasks))))
            try:
                async with asyncio.timeout(stagger if len(tasks) < len(mirrors) else None):
                    place, outcome = await outcomes.get()
            except TimeoutError:
                continue
            if not isinstance(outcome, Exception):
                return outcome
            failures[place] = outcome
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    raise ExceptionGroup("no mirror has answered", [failures[place] for place in sorted(failures)])
