"""concurrency: ignores the limit, so that all files are in progress at once."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()

    async def hash_file(path):
        content = await asyncio.to_thread(read, path)
        return await loop.run_in_executor(cpu_pool, digest, content)

    tasks = [asyncio.create_task(hash_file(path)) for path in paths]
    try:
        return dict(zip(paths, await asyncio.gather(*tasks)))
    finally:
        for task in tasks:
            task.cancel()
