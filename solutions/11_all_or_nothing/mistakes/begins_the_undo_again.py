"""cancellation: begins the undo again, from the first booking, whenever another cancellation interrupts it."""

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
    tasks = [asyncio.create_task(book(session, url)) for url in urls]
    try:
        return await asyncio.gather(*tasks)
    except BaseException as failure:
        reason = failure
    for task in tasks:
        task.cancel()
    codes = await asyncio.gather(*tasks, return_exceptions=True)
    made = [(url, code) for url, code in zip(urls, codes) if isinstance(code, str)]
    while True:
        try:
            await asyncio.gather(*(undo(session, url, code) for url, code in made), return_exceptions=True)
            break
        except asyncio.CancelledError as cancellation:
            reason = cancellation
    raise reason
