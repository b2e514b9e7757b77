"""correctness: leaves a `with` block around `cpu_pool`, which shuts the caller's pool down."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(limit)

    async def hash_file(path):
        async with places:
            content = await asyncio.to_thread(read, path)
            return await loop.run_in_executor(cpu_pool, digest, content)

    with cpu_pool:
        tasks = [asyncio.create_task(hash_file(path)) for path in paths]
        try:
            return dict(zip(paths, await asyncio.gather(*tasks)))
        finally:
            for task in tasks:
                task.cancel()
