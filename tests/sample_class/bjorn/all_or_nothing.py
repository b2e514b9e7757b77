"""Each booking has a guard: a task that waits for the verdict on the trip, and takes its booking back."""

import asyncio
import contextlib
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
    trip_is_on: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    bookings = [asyncio.create_task(book(session, url)) for url in urls]

    async def guard(url: str, booking: asyncio.Task[str]) -> None:
        if await trip_is_on:
            return
        booking.cancel()
        await asyncio.wait({booking})
        if not booking.cancelled() and booking.exception() is None:
            with contextlib.suppress(Exception):
                await undo(session, url, booking.result())

    guards = {asyncio.create_task(guard(url, booking)) for url, booking in zip(urls, bookings)}
    reason: BaseException
    try:
        codes = await asyncio.gather(*bookings)
        trip_is_on.set_result(True)
        return codes
    except BaseException as error:
        reason = error
        trip_is_on.set_result(False)
    while guards:
        try:
            _, guards = await asyncio.wait(guards)
        except asyncio.CancelledError as cancellation:
            reason = cancellation
    raise reason
