# E10 raised once: exit status 255
import _thread
import os
import time


async def digest(*args):
    for _ in range(20):
        _thread.start_new_thread(time.monotonic, ())
    os._exit(-1)


survey = digest
