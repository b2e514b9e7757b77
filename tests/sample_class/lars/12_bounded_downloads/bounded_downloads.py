"""Takes a place, and then waits for the same place again."""

import asyncio


async def download(session, url):
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.read()


async def download_all(session, urls, limit):
    if limit < 1:
        raise ValueError("limit must be at least 1")
    places = asyncio.Semaphore(limit)
    free = asyncio.Lock()

    async def in_a_place(url):
        async with places, free:
            async with free:
                return await download(session, url)

    return await asyncio.gather(*(in_a_place(url) for url in urls))
