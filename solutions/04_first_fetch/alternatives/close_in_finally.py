"""A session that is closed in `finally`, and tasks that are cancelled there."""

import asyncio
from collections.abc import Sequence

import aiohttp


async def fetch(session: aiohttp.ClientSession, url: str) -> str:
    """The page at `url`, as text."""
    response = await session.get(url)
    try:
        if response.status >= 400:
            response.raise_for_status()
        body = await response.read()
        return body.decode(response.get_encoding())
    finally:
        response.release()


async def main(urls: Sequence[str]) -> list[str]:
    """The pages at `urls`, in order, fetched at the same time through one session."""
    session = aiohttp.ClientSession()
    tasks = [asyncio.create_task(fetch(session, url)) for url in urls]
    try:
        return [await task for task in await first_failure_first(tasks)]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await session.close()


async def first_failure_first(tasks: list[asyncio.Task[str]]) -> list[asyncio.Task[str]]:
    """Wait until all are done or one has failed; that one comes first then."""
    if tasks:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    failed = [task for task in tasks if task.done() and not task.cancelled() and task.exception()]
    return failed + tasks
