"""A session that raises for bad statuses itself, and workers that share the places of the result."""

import asyncio
from collections.abc import Sequence

import aiohttp


async def fetch(session: aiohttp.ClientSession, url: str) -> str:
    """The page at `url`, as text."""
    async with session.request("GET", url, raise_for_status=True) as response:
        return await response.text()


async def main(urls: Sequence[str]) -> list[str]:
    """The pages at `urls`, in order, fetched at the same time through one session."""
    pages: dict[int, str] = {}

    async def fill(place: int, url: str) -> None:
        pages[place] = await fetch(session, url)

    async with aiohttp.ClientSession(raise_for_status=True) as session:
        await asyncio.gather(*(fill(place, url) for place, url in enumerate(urls)))
    return [pages[place] for place in range(len(urls))]
