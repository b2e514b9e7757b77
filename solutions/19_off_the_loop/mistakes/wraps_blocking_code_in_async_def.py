"""concurrency: expects `async def` around a blocking call to make it asynchronous."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    places = asyncio.Semaphore(limit)

    async def read_async(path):
        return read(path)

    async def digest_async(content):
        return digest(content)

    async def hash_file(path):
        async with places:
            content = await asyncio.create_task(read_async(path))
            return await asyncio.create_task(digest_async(content))

    tasks = [asyncio.create_task(hash_file(path)) for path in paths]
    try:
        return dict(zip(paths, await asyncio.gather(*tasks)))
    finally:
        for task in tasks:
            task.cancel()
