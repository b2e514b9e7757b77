"""cancellation: undoes everything when it is cancelled, and returns an empty list as if nothing had happened."""

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
    reason = None
    try:
        return await asyncio.gather(*tasks)
    except Exception as error:
        reason = error
    except asyncio.CancelledError:
        pass
    cleaning = asyncio.create_task(clean_up(session, urls, tasks))
    while not cleaning.done():
        try:
            await asyncio.wait([cleaning])
        except asyncio.CancelledError:
            reason = None
    if reason is not None:
        raise reason
    return []


async def clean_up(session, urls, tasks):
    for task in tasks:
        task.cancel()
    codes = await asyncio.gather(*tasks, return_exceptions=True)
    undos = [undo(session, url, code) for url, code in zip(urls, codes) if isinstance(code, str)]
    await asyncio.gather(*undos, return_exceptions=True)
