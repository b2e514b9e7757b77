"""concurrency: gives way with `sleep(0)` and then blocks the event loop all the same."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(limit)

    async def hash_file(path):
        async with places:
            await asyncio.sleep(0)
            content = read(path)
            await asyncio.sleep(0)
            return await loop.run_in_executor(cpu_pool, digest, content)

    tasks = [asyncio.create_task(hash_file(path)) for path in paths]
    try:
        return dict(zip(paths, await asyncio.gather(*tasks)))
    finally:
        for task in tasks:
            task.cancel()
