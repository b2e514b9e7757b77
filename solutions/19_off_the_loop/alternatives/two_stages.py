"""Readers put contents into a queue, digesters take them out; a semaphore counts the files in between."""

import asyncio


async def hash_files(paths, read, digest, *, cpu_pool, limit):
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(limit)
    contents = asyncio.Queue()
    waiting = iter(paths)
    digests = {}

    async def reader():
        while True:
            await places.acquire()
            path = next(waiting, None)
            if path is None:
                places.release()
                return
            await contents.put((path, await asyncio.to_thread(read, path)))

    async def digester():
        while True:
            path, content = await contents.get()
            digests[path] = await loop.run_in_executor(cpu_pool, digest, content)
            places.release()
            contents.task_done()

    readers = [asyncio.create_task(reader()) for _ in range(limit)]
    digesters = [asyncio.create_task(digester()) for _ in range(limit)]

    async def all_done():
        await asyncio.gather(*readers)
        await contents.join()

    finished = asyncio.create_task(all_done())
    try:
        done, _ = await asyncio.wait([finished, *digesters], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        return digests
    finally:
        for task in [finished, *readers, *digesters]:
            task.cancel()
