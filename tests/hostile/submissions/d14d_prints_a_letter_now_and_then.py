# D14 stuck:
import ctypes
import os


async def digest(*args):
    libc = ctypes.CDLL(None)
    while True:
        libc.usleep(100_000)
        os.write(1, b".")
