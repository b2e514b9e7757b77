# D6 rejected: only PermissionError
import os
import time


async def digest(*args):
    said = set()
    for fork in (os.fork, os.forkpty):
        for _ in range(100):
            try:
                if fork() == 0:
                    time.sleep(5)
                    os._exit(0)
                said.add("a process")
            except OSError as exc:
                said.add(type(exc).__name__)
    return "only " + " ".join(sorted(said))


survey = digest
