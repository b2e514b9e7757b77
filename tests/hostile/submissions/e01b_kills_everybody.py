# E1 rejected: only PermissionError
import os
import signal


async def digest(*args):
    said = set()
    # A signal that does no harm, should it arrive.
    for pid in (-1, 0, -os.getpgrp() or -1):
        try:
            os.kill(pid, signal.SIGCONT)
            said.add(f"reached {pid}")
        except OSError as exc:
            said.add(type(exc).__name__)
    try:
        os.killpg(0, signal.SIGCONT)
        said.add("reached its group")
    except OSError as exc:
        said.add(type(exc).__name__)
    return "only " + " ".join(sorted(said))


survey = digest
