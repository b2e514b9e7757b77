"""One loop that reads events from a queue: a fetch has ended, or the time of a mirror is up."""

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
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[asyncio.Task[bytes] | int] = asyncio.Queue()
    fetches: list[asyncio.Task[bytes]] = []

    def ask_next() -> None:
        if len(fetches) < len(mirrors):
            task = asyncio.create_task(fetch(session, mirrors[len(fetches)]))
            fetches.append(task)
            task.add_done_callback(events.put_nowait)
            loop.call_later(stagger, events.put_nowait, len(fetches))

    ask_next()
    failed = 0
    try:
        while failed < len(mirrors):
            match await events.get():
                case int(asked):
                    # The alarm of a mirror that has a successor already is out of date.
                    if asked == len(fetches):
                        ask_next()
                case task:
                    if task.exception() is None:
                        return task.result()
                    failed += 1
                    ask_next()
        raise ExceptionGroup("No mirror has answered.", [task.exception() for task in fetches])
    finally:
        running = [task for task in fetches if not task.done()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
