"""correctness: one undo that fails cancels the other undos, because they share a task group."""

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
        return await asyncio.gather(*tasks)
    except BaseException as error:
        reason = error
    cleaning = asyncio.create_task(clean_up(session, urls, tasks))
    while not cleaning.done():
        try:
            await asyncio.wait([cleaning])
        except asyncio.CancelledError as error:
            reason = error
    cleaning.exception()
    raise reason


async def clean_up(session, urls, tasks):
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    async with asyncio.TaskGroup() as group:
        for url, task in zip(urls, tasks):
            if not task.cancelled() and not task.exception():
                group.create_task(undo(session, url, task.result()))
