"""Workers that fill numbered places, and an exit stack that stops them before it closes the session."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

import aiohttp


async def fetch(session: aiohttp.ClientSession, url: str) -> str:
    """The page at `url`, as text."""
    response = await session.get(url)
    try:
        response.raise_for_status()
        return await response.text()
    finally:
        response.release()


async def main(urls: Sequence[str]) -> list[str]:
    """The pages at `urls`, in order, fetched at the same time through one session."""
    pages = [""] * len(urls)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def fill(number: int, url: str) -> None:
            pages[number] = await fetch(session, url)

        async def stop(task: asyncio.Task[None]) -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        tasks = [asyncio.create_task(fill(number, url)) for number, url in enumerate(urls)]
        for task in tasks:
            stack.push_async_callback(stop, task)
        for ready in asyncio.as_completed(tasks):
            await ready
    return pages
