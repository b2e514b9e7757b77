"""concurrency: `gather` raises, the bookings that are running go on, and nobody undoes them."""

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

    async def book_one(url):
        codes[url] = await book(session, url)

    try:
        await asyncio.gather(*(book_one(url) for url in urls))
        return [codes[url] for url in urls]
    except BaseException as error:
        reason = error
    undos = asyncio.gather(*(undo(session, url, code) for url, code in codes.items()), return_exceptions=True)
    while not undos.done():
        try:
            await asyncio.shield(undos)
        except asyncio.CancelledError as error:
            reason = error
    raise reason
