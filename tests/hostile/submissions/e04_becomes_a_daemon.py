# E4 rejected: only PermissionError
import os
import time


def settle_down():
    os.setsid()
    if os.fork() == 0:
        time.sleep(10)
    os._exit(0)


async def digest(*args):
    said = set()
    try:
        if os.fork() == 0:
            settle_down()
        said.add("a daemon")
    except OSError as exc:
        said.add(type(exc).__name__)
    try:
        os.setsid()
        said.add("a session")
    except OSError as exc:
        said.add(type(exc).__name__)
    return "only " + " ".join(sorted(said))


survey = digest
