"""cancellation: hands each content to the pool inside the reading thread, which no cancellation reaches."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    places = asyncio.Semaphore(limit)

    def read_and_digest(path):
        return cpu_pool.submit(digest, read(path)).result()

    async def hash_file(path):
        async with places:
            return await asyncio.to_thread(read_and_digest, path)

    tasks = [asyncio.create_task(hash_file(path)) for path in paths]
    try:
        return dict(zip(paths, await asyncio.gather(*tasks)))
    finally:
        for task in tasks:
            task.cancel()
