# D15 stuck: not asynchronous
import os
import threading


async def digest(*args):
    os.write(3, b"\0\0\1\0half")
    os.read(os.pipe()[0], 1)
    return threading
