# E9 stuck: not asynchronous
import os
import time


async def digest(*args):
    os.dup(3)
    os.close(3)
    os.read(os.pipe()[0], 1)
    return time
