"""cancellation: closes the session at the end, which a failure or a cancellation never reaches."""

import asyncio
from collections.abc import Sequence

import aiohttp


async def fetch(session: aiohttp.ClientSession, url: str) -> str:
    """The page at `url`, as text."""
    async with session.get(url) as response:
        response.raise_for_status()
        # Inside the block: at its end the connection is given back, with what was not read.
        return await response.text()


async def main(urls: Sequence[str]) -> list[str]:
    """The pages at `urls`, in order, fetched at the same time through one session."""
    session = aiohttp.ClientSession()
    pages = await asyncio.gather(*(fetch(session, url) for url in urls))
    await session.close()
    return pages
