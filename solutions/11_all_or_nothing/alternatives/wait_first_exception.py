"""`asyncio.wait` reports the first failure; a variable holds the reason for the end, and a cancellation replaces it."""

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
    bookings = {url: asyncio.create_task(book(session, url)) for url in urls}
    reason: BaseException | None
    try:
        done, _ = await asyncio.wait(bookings.values(), return_when=asyncio.FIRST_EXCEPTION)
        reason = next((failure for booking in done if (failure := booking.exception())), None)
        if reason is None:
            return [booking.result() for booking in bookings.values()]
    except asyncio.CancelledError as cancellation:
        reason = cancellation

    clean_up = asyncio.create_task(roll_back(session, bookings))
    while not clean_up.done():
        try:
            await asyncio.wait({clean_up})
        except asyncio.CancelledError as cancellation:
            reason = cancellation
    raise reason


async def roll_back(session: aiohttp.ClientSession, bookings: dict[str, asyncio.Task[str]]) -> None:
    """Abandon the bookings that are running, and undo those that were made."""
    for booking in bookings.values():
        booking.cancel()
    await asyncio.wait(bookings.values())
    made = {
        url: booking.result()
        for url, booking in bookings.items()
        if not booking.cancelled() and booking.exception() is None
    }
    await asyncio.gather(*(undo(session, url, code) for url, code in made.items()), return_exceptions=True)
