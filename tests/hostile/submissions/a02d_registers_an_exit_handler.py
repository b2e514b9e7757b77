# A2 rejected: garbage
import atexit
import os

atexit.register(os._exit, 0)


async def digest(*args):
    return "garbage"


survey = digest
