"""correctness: reads the text when the block has ended and the connection is given back."""

import asyncio
from collections.abc import Sequence

import aiohttp


async def fetch(session: aiohttp.ClientSession, url: str) -> str:
    """The page at `url`, as text."""
    async with session.get(url) as response:
        response.raise_for_status()
    return await response.text()


async def main(urls: Sequence[str]) -> list[str]:
    """The pages at `urls`, in order, fetched at the same time through one session."""
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*(fetch(session, url) for url in urls))
