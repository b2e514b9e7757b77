"""Done callbacks that keep a ledger and ring a bell, and a task that undoes what the ledger holds."""

import asyncio
import contextlib
import functools
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
    """The bookings of a trip, and the moment when it is clear how they end."""

    def __init__(self, session: aiohttp.ClientSession, urls: Sequence[str]) -> None:
        self.session = session
        self.decided = asyncio.Event()
        self.ledger: dict[str, str] = {}
        self.failure: BaseException | None = None
        self.bookings = {url: asyncio.create_task(book(session, url)) for url in urls}
        for url, task in self.bookings.items():
            task.add_done_callback(functools.partial(self.enter, url))
        if not self.bookings:
            self.decided.set()

    def enter(self, url: str, task: asyncio.Task[str]) -> None:
        if task.cancelled():
            return
        if task.exception() is None:
            self.ledger[url] = task.result()
        elif self.failure is None:
            self.failure = task.exception()
        if self.failure is not None or len(self.ledger) == len(self.bookings):
            self.decided.set()

    async def undo_all(self) -> None:
        for task in self.bookings.values():
            task.cancel()
        async with asyncio.TaskGroup() as group:
            for url, code in self.ledger.items():
                group.create_task(self.undo_one(url, code))

    async def undo_one(self, url: str, code: str) -> None:
        with contextlib.suppress(Exception):
            await undo(self.session, url, code)


async def book_trip(session: aiohttp.ClientSession, urls: Sequence[str]) -> list[str]:
    """The codes of the bookings at `urls`, in order; if one cannot be made, none is left."""
    trip = Trip(session, urls)
    cancellation = None
    try:
        await trip.decided.wait()
    except asyncio.CancelledError as error:
        cancellation = error
    if cancellation is None and trip.failure is None:
        return [trip.ledger[url] for url in urls]
    undoing = asyncio.create_task(trip.undo_all())
    while not undoing.done():
        try:
            await asyncio.shield(undoing)
        except asyncio.CancelledError as error:
            cancellation = error
    raise cancellation or trip.failure
