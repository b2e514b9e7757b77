"""concurrency: ignores the limit, so that all downloads run at once."""

import asyncio


async def download_all(session, urls, limit):
    if limit < 1:
        raise ValueError("limit must be at least 1")

    async def download(url):
        async with session.get(url) as response:
            response.raise_for_status()
            return await response.read()

    return await asyncio.gather(*(download(url) for url in urls))
