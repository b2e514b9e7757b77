"""An agent in a task of its own reads messages: a booking is made, has failed, or the caller is cancelled."""

import asyncio
from collections.abc import Sequence
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


Message = tuple[str, Any]


async def agent(session: aiohttp.ClientSession, urls: Sequence[str], inbox: asyncio.Queue[Message]) -> dict[str, str]:
    """The codes of the bookings, by URL; or, when they are undone, the exception that is due."""

    async def try_to_book(url: str) -> None:
        try:
            inbox.put_nowait(("made", (url, await book(session, url))))
        except Exception as failure:
            inbox.put_nowait(("over", failure))

    async def try_to_undo(url: str, code: str) -> None:
        try:
            await undo(session, url, code)
        except Exception:
            pass

    codes: dict[str, str] = {}
    tasks = [asyncio.create_task(try_to_book(url)) for url in urls]
    while len(codes) < len(urls):
        match await inbox.get():
            case "made", (url, code):
                codes[url] = code
            case "over", reason:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(
                    *tasks, *(try_to_undo(*booking) for booking in codes.items()), return_exceptions=True
                )
                raise reason
    return codes


async def book_trip(session: aiohttp.ClientSession, urls: Sequence[str]) -> list[str]:
    """The codes of the bookings at `urls`, in order; if one cannot be made, none is left."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    booking = asyncio.create_task(agent(session, urls, inbox))
    cancelled = False
    while not booking.done():
        try:
            await asyncio.wait([booking])
        except asyncio.CancelledError:
            cancelled = True
            inbox.put_nowait(("over", LookupError("the customer has left")))
    if cancelled:
        booking.exception()
        raise asyncio.CancelledError
    codes = booking.result()
    return [codes[url] for url in urls]
