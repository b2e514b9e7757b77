"""cancellation: takes its own cancellation for a failure and returns the digests that are ready."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(limit)
    digests = {}

    async def hash_file(path):
        async with places:
            content = await asyncio.to_thread(read, path)
            digests[path] = await loop.run_in_executor(cpu_pool, digest, content)

    tasks = [asyncio.create_task(hash_file(path)) for path in paths]
    try:
        await asyncio.gather(*tasks)
    except asyncio.CancelledError:
        pass
    finally:
        for task in tasks:
            task.cancel()
    return digests
