"""A window of tasks, refilled from the end of the list whenever one of them is done."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    async def hash_file(path):
        content = await asyncio.to_thread(read, path)
        digests[path] = await asyncio.get_running_loop().run_in_executor(cpu_pool, digest, content)

    digests = {}
    waiting = list(paths)
    running = set()
    try:
        while waiting or running:
            while waiting and len(running) < limit:
                running.add(asyncio.create_task(hash_file(waiting.pop())))
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for task in running:
            task.cancel()
    return digests
