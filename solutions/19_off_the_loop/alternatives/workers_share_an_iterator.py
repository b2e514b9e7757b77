"""As many workers as files may be in progress, all taking the next path from one iterator."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()
    waiting = iter(paths)
    digests = {}

    async def worker():
        for path in waiting:
            content = await loop.run_in_executor(None, read, path)
            digests[path] = await loop.run_in_executor(cpu_pool, digest, content)

    workers = [asyncio.create_task(worker()) for _ in range(limit)]
    try:
        await asyncio.gather(*workers)
    finally:
        for task in workers:
            task.cancel()
    return digests
