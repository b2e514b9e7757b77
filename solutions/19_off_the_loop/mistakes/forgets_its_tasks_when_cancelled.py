"""cancellation: waits with `asyncio.wait`, which leaves the tasks running when it is cancelled."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(limit)

    async def hash_file(path):
        async with places:
            content = await asyncio.to_thread(read, path)
            return await loop.run_in_executor(cpu_pool, digest, content)

    if not paths:
        return {}
    tasks = [asyncio.create_task(hash_file(path)) for path in paths]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    for task in pending:
        task.cancel()
    for task in done:
        task.result()
    return {path: task.result() for path, task in zip(paths, tasks)}
