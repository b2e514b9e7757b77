# J2 rejected:
import asyncio
import atexit
import threading
import time


class Last:
    def __del__(self):
        while True:
            pass


async def on_and_on():
    while True:
        await asyncio.sleep(3600)


def forever():
    while True:
        time.sleep(3600)


async def digest(*args):
    atexit.register(print, "still here")
    last = Last()
    for _ in range(20):
        task = asyncio.create_task(on_and_on())
        task.add_done_callback(lambda task, last=last: asyncio.create_task(on_and_on()))
    threading.Thread(target=forever, daemon=True).start()
    asyncio.get_running_loop().run_in_executor(None, forever)
    return []


survey = digest
