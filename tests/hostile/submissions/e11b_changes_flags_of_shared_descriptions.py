# E11 rejected: garbage
import fcntl
import os


async def digest(*args):
    for fd in (0, 1, 2):
        try:
            fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)
        except OSError:
            continue
    return "garbage"


survey = digest
