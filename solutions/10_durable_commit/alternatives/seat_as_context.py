"""A seat is an async context manager; what must not be interrupted is an awaitable that goes on waiting."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Generator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp


async def reserve(session: aiohttp.ClientSession, url: str) -> str:
    """Reserve a seat at the theatre `url`; its number."""
    async with session.post(f"{url}/seats") as response:
        response.raise_for_status()
        answer = await response.json()
    return answer["seat"]


async def charge(session: aiohttp.ClientSession, url: str, seat: str) -> str:
    """Charge the card for `seat`; the receipt."""
    async with session.post(f"{url}/seats/{seat}/charge") as response:
        response.raise_for_status()
        answer = await response.json()
    return answer["receipt"]


async def release(session: aiohttp.ClientSession, url: str, seat: str) -> None:
    """Give `seat` back, so that others can have it."""
    async with session.delete(f"{url}/seats/{seat}") as response:
        response.raise_for_status()


class Uninterrupted:
    """Awaits a coroutine to its end; then raises the cancellation that has arrived meanwhile, if any."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.task = asyncio.create_task(coroutine)

    def __await__(self) -> Generator[Any, None, Any]:
        cancellation = None
        while not self.task.done():
            try:
                yield from asyncio.wait([self.task]).__await__()
            except asyncio.CancelledError as error:
                cancellation = error
        if cancellation is not None:
            raise cancellation from self.task.exception()
        return self.task.result()


@asynccontextmanager
async def reserved_seat(session: aiohttp.ClientSession, url: str) -> AsyncIterator[list[str]]:
    """The number of a seat, in a list; it is released at the end if it is still in the list."""
    seats = [await reserve(session, url)]
    try:
        yield seats
    finally:
        for seat in seats:
            await Uninterrupted(release(session, url, seat))


async def place_order(session: aiohttp.ClientSession, url: str) -> str:
    """The receipt for a seat at the theatre `url`, which is either charged or not reserved in the end."""
    async with reserved_seat(session, url) as seats:

        async def pay() -> str:
            receipt = await charge(session, url, seats[0])
            seats.clear()
            return receipt

        return await Uninterrupted(pay())
