"""concurrency: takes one file at a time, whatever the limit allows."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()
    digests = {}
    for path in paths:
        content = await asyncio.to_thread(read, path)
        digests[path] = await loop.run_in_executor(cpu_pool, digest, content)
    return digests
