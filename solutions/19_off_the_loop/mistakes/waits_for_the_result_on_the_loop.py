"""concurrency: calls `Future.result()` of the pool on the event loop, which stands still until it is there."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    places = asyncio.Semaphore(limit)

    async def hash_file(path):
        async with places:
            content = await asyncio.to_thread(read, path)
            return cpu_pool.submit(digest, content).result()

    tasks = [asyncio.create_task(hash_file(path)) for path in paths]
    try:
        return dict(zip(paths, await asyncio.gather(*tasks)))
    finally:
        for task in tasks:
            task.cancel()
