# D7 stuck:
import asyncio
import concurrent.futures
import threading


async def digest(*args):
    loop = asyncio.get_running_loop()
    pool = concurrent.futures.ThreadPoolExecutor(10_000)
    await asyncio.gather(*(loop.run_in_executor(pool, threading.Event().wait, 10) for _ in range(2_000)))


survey = digest
