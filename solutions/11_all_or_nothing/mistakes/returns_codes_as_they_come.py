"""correctness: returns the codes in the order in which the bookings end."""

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
    tasks = {asyncio.create_task(book(session, url)): url for url in urls}
    codes = []
    try:
        for next_one in asyncio.as_completed(tasks):
            codes.append(await next_one)
        return codes
    except BaseException as error:
        reason = error
    cleaning = asyncio.create_task(clean_up(session, tasks))
    while not cleaning.done():
        try:
            await asyncio.wait([cleaning])
        except asyncio.CancelledError as error:
            reason = error
    raise reason


async def clean_up(session, tasks):
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    made = [task for task in tasks if not task.cancelled() and not task.exception()]
    await asyncio.gather(*(undo(session, tasks[task], task.result()) for task in made), return_exceptions=True)
