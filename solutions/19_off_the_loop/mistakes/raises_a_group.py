"""correctness: lets the exception group of the task group out instead of the failure itself."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(limit)

    async def hash_file(path):
        async with places:
            content = await asyncio.to_thread(read, path)
            return await loop.run_in_executor(cpu_pool, digest, content)

    async with asyncio.TaskGroup() as group:
        tasks = {path: group.create_task(hash_file(path)) for path in paths}
    return {path: task.result() for path, task in tasks.items()}
