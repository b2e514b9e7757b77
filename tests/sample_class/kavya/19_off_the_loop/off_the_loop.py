"""concurrency: reads on the event loop, which stands still meanwhile."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(limit)

    async def hash_file(path):
        async with places:
            return await loop.run_in_executor(cpu_pool, digest, read(path))

    tasks = [asyncio.create_task(hash_file(path)) for path in paths]
    try:
        return dict(zip(paths, await asyncio.gather(*tasks)))
    finally:
        for task in tasks:
            task.cancel()
