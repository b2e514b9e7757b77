"""correctness: leaves out the files that fail instead of raising."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(limit)

    async def hash_file(path):
        async with places:
            content = await asyncio.to_thread(read, path)
            return await loop.run_in_executor(cpu_pool, digest, content)

    tasks = [asyncio.create_task(hash_file(path)) for path in paths]
    try:
        results = await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        for task in tasks:
            task.cancel()
    return {path: result for path, result in zip(paths, results) if isinstance(result, str)}
