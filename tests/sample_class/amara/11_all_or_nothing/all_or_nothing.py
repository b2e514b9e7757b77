"""The tasks are kept; a task of its own abandons and undoes, and is waited for whatever happens."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

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
    bookings = [asyncio.create_task(book(session, url)) for url in urls]
    try:
        return await asyncio.gather(*bookings)
    # A cancellation is no `Exception`, and leaves bookings behind as a failure does.
    except BaseException:
        await to_the_end(take_back(session, urls, bookings))
        raise


async def take_back(session: aiohttp.ClientSession, urls: Sequence[str], bookings: list[asyncio.Task[str]]) -> None:
    """Abandon the bookings that are running, and undo those that were made."""
    for booking in bookings:
        booking.cancel()
    codes = await asyncio.gather(*bookings, return_exceptions=True)
    made = [(url, code) for url, code in zip(urls, codes) if isinstance(code, str)]
    await asyncio.gather(*(undo(session, url, code) for url, code in made), return_exceptions=True)


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` to its end, however often the caller is cancelled; only then let the cancellation out."""
    task = asyncio.create_task(work)
    cancellation = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is not None:
        raise cancellation
