"""A trip is an async context manager: left by an exception, it takes back what was booked in it."""

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


class Trip:
    """Bookings that stay only if the `async with` block is left without an exception."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._bookings: list[tuple[str, asyncio.Task[str]]] = []

    async def __aenter__(self) -> "Trip":
        return self

    def book(self, url: str) -> asyncio.Task[str]:
        """Start to book at `url`."""
        booking = asyncio.create_task(book(self._session, url))
        self._bookings.append((url, booking))
        return booking

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is None:
            return
        undos = [asyncio.create_task(self._take_back(url, booking)) for url, booking in self._bookings]
        all_undone = asyncio.gather(*undos, return_exceptions=True)
        cancelled = False
        while not all_undone.done():
            try:
                await asyncio.shield(all_undone)
            except asyncio.CancelledError:
                cancelled = True
        if cancelled:
            raise asyncio.CancelledError

    async def _take_back(self, url: str, booking: asyncio.Task[str]) -> None:
        """Abandon a booking that is running, undo one that was made."""
        booking.cancel()
        await asyncio.wait({booking})
        if not booking.cancelled() and booking.exception() is None:
            await undo(self._session, url, booking.result())


async def book_trip(session: aiohttp.ClientSession, urls: Sequence[str]) -> list[str]:
    """The codes of the bookings at `urls`, in order; if one cannot be made, none is left."""
    async with Trip(session) as trip:
        return await asyncio.gather(*(trip.book(url) for url in urls))
