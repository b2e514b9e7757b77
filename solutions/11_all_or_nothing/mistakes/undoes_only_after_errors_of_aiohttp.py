"""correctness: undoes only after an error of aiohttp or a timeout, not when an answer has no code."""

import asyncio
from collections.abc import Sequence

import aiohttp


async def book(session: aiohttp.ClientSession, url: str) -> str:
    """Book at `url`; the code of the booking."""
    async with session.post(url) as response:
        response.raise_for_status()
        answer = await response.json()
    return answer["code"]


async def undo(session: aiohttp.ClientSession, url: str, code: str) -> None:
    """Undo the booking `code` that was made at `url`."""
    async with session.delete(f"{url}/{code}") as response:
        response.raise_for_status()


async def book_trip(session: aiohttp.ClientSession, urls: Sequence[str]) -> list[str]:
    """The codes of the bookings at `urls`, in order; if one cannot be made, none is left."""
    tasks = [asyncio.create_task(book(session, url)) for url in urls]
    cancelled = False
    try:
        return await asyncio.gather(*tasks)
    except (aiohttp.ClientError, TimeoutError, asyncio.CancelledError) as error:
        reason = error
    for task in tasks:
        task.cancel()
    made = [(url, task) for url, task in zip(urls, tasks) if task.done() and not task.cancelled()]
    undoing = asyncio.gather(
        *(undo(session, url, task.result()) for url, task in made if not task.exception()), return_exceptions=True
    )
    while not undoing.done():
        try:
            await asyncio.shield(undoing)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    raise reason
