"""cancellation: when it is cancelled, it lets the running bookings finish before it undoes them."""

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
    tasks = [asyncio.create_task(book(session, url)) for url in urls]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
        return [task.result() for task in tasks]
    except Exception as error:
        reason = error
        for task in tasks:
            task.cancel()
    except asyncio.CancelledError as error:
        reason = error
    cleaning = asyncio.create_task(clean_up(session, urls, tasks))
    while not cleaning.done():
        try:
            await asyncio.wait([cleaning])
        except asyncio.CancelledError as error:
            reason = error
    raise reason


async def clean_up(session, urls, tasks):
    codes = await asyncio.gather(*tasks, return_exceptions=True)
    undos = [undo(session, url, code) for url, code in zip(urls, codes) if isinstance(code, str)]
    await asyncio.gather(*undos, return_exceptions=True)
