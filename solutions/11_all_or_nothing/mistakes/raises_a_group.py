"""correctness: lets the task group's ExceptionGroup out instead of the booking's own exception."""

import asyncio
import contextlib

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


async def book_trip(session, urls):
    codes = {}

    async def book_one(url):
        codes[url] = await book(session, url)

    try:
        async with asyncio.TaskGroup() as group:
            for url in urls:
                group.create_task(book_one(url))
    except BaseException:
        await finish(asyncio.gather(*(undo(session, *made) for made in codes.items()), return_exceptions=True))
        raise
    return [codes[url] for url in urls]


async def finish(work):
    cancelled = False
    while not work.done():
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
