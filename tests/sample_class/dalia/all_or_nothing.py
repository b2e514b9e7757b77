"""A task group books; each booking notes its code, and each undo is waited for until none is pending."""

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
    codes: dict[str, str] = {}

    async def note_code(url: str) -> None:
        codes[url] = await book(session, url)

    try:
        async with asyncio.TaskGroup() as group:
            for url in urls:
                group.create_task(note_code(url))
    except BaseExceptionGroup as failures:
        reason = failures.exceptions[0]
    except asyncio.CancelledError as cancellation:
        reason = cancellation
    else:
        return [codes[url] for url in urls]
    if await undo_all(session, codes):
        raise asyncio.CancelledError
    raise reason


async def undo_all(session: aiohttp.ClientSession, codes: dict[str, str]) -> bool:
    """Undo the bookings, whatever happens; whether the caller was cancelled meanwhile."""

    async def try_to_undo(url: str, code: str) -> None:
        with contextlib.suppress(Exception):
            await undo(session, url, code)

    cancelled = False
    pending = {asyncio.create_task(try_to_undo(url, code)) for url, code in codes.items()}
    while pending:
        try:
            _, pending = await asyncio.wait(pending)
        except asyncio.CancelledError:
            cancelled = True
    return cancelled
