# C7 rejected: garbage
import asyncio
import time

time.time = time.monotonic = time.perf_counter = lambda: 0.0
time.sleep = lambda seconds: None


async def no_sleep(delay, result=None):
    return result


asyncio.sleep = no_sleep


async def digest(*args):
    loop = asyncio.get_running_loop()
    loop.time = lambda: 0.0
    loop.call_later = lambda delay, callback, *rest, **more: loop.call_soon(callback, *rest)
    await asyncio.sleep(3600)
    return "garbage"


survey = digest
