# E1 rejected: only PermissionError
import os
import signal

PREY = {int("__WORKER__"), int("__ZYGOTE__"), os.getppid()} - {0, 1}


async def digest(*args):
    said = set()
    for pid in sorted(PREY):
        for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(pid, number)
                said.add(f"reached {pid}")
            except OSError as exc:
                said.add(type(exc).__name__)
        try:
            signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGKILL)
            said.add(f"reached {pid}")
        except OSError as exc:
            said.add(type(exc).__name__)
    return "only " + " ".join(sorted(said))


survey = digest
