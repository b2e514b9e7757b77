"""concurrency: books one after another, so that the trip takes as long as all bookings together."""

import asyncio

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
    try:
        for url in urls:
            codes[url] = await book(session, url)
        return list(codes.values())
    except BaseException as error:
        reason = error
    undos = {asyncio.create_task(try_undo(session, url, code)) for url, code in codes.items()}
    while undos:
        try:
            _, undos = await asyncio.wait(undos)
        except asyncio.CancelledError as error:
            reason = error
    raise reason


async def try_undo(session, url, code):
    try:
        await undo(session, url, code)
    except Exception:
        pass
