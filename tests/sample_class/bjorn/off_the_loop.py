"""A thread pool of its own reads; it is left without waiting for the threads that still run."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    places = asyncio.Semaphore(limit)
    readers = ThreadPoolExecutor(limit)

    async def hash_file(path):
        async with places:
            content = await asyncio.wrap_future(readers.submit(read, path))
            return await asyncio.wrap_future(cpu_pool.submit(digest, content))

    tasks = [asyncio.create_task(hash_file(path)) for path in paths]
    try:
        return dict(zip(paths, await asyncio.gather(*tasks)))
    finally:
        for task in tasks:
            task.cancel()
        readers.shutdown(wait=False, cancel_futures=True)
