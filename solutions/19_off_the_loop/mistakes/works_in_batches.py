"""concurrency: works in batches of `limit`, each of which waits for its slowest file."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()

    async def hash_file(path):
        content = await asyncio.to_thread(read, path)
        return await loop.run_in_executor(cpu_pool, digest, content)

    digests = {}
    for start in range(0, len(paths), limit):
        batch = paths[start : start + limit]
        tasks = [asyncio.create_task(hash_file(path)) for path in batch]
        try:
            digests.update(zip(batch, await asyncio.gather(*tasks)))
        finally:
            for task in tasks:
                task.cancel()
    return digests
