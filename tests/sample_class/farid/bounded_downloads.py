"""A parenthesis was lost on the way."""

import asyncio


async def download_all(session, urls, limit):
    places = asyncio.Semaphore(limit
    return await asyncio.gather(*(download(session, url, places) for url in urls))
