"""cancellation: leaves the `with` block of its own thread pool, which stops the loop until the reads have ended."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(limit)

    with ThreadPoolExecutor(limit) as readers:

        async def hash_file(path):
            async with places:
                content = await loop.run_in_executor(readers, read, path)
                return await loop.run_in_executor(cpu_pool, digest, content)

        tasks = [asyncio.create_task(hash_file(path)) for path in paths]
        try:
            return dict(zip(paths, await asyncio.gather(*tasks)))
        finally:
            for task in tasks:
                task.cancel()
