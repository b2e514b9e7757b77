"""cancellation: lets the other files go on after one has failed, as a bare `gather` does."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(limit)

    async def hash_file(path):
        async with places:
            content = await asyncio.to_thread(read, path)
            return await loop.run_in_executor(cpu_pool, digest, content)

    return dict(zip(paths, await asyncio.gather(*(hash_file(path) for path in paths))))
