"""First fetch: read some pages, and leave nothing open."""

from collections.abc import Sequence

import aiohttp


async def fetch(session: aiohttp.ClientSession, url: str) -> str:
    """The page at `url`, as text."""
    response = await session.get(url)
    return await response.text()


async def main(urls: Sequence[str]) -> list[str]:
    """The pages at `urls`, in order, fetched at the same time through one session."""
    # TODO: refuse bad answers, fetch the pages together, and close what was opened.
    session = aiohttp.ClientSession()
    return [await fetch(session, url) for url in urls]
