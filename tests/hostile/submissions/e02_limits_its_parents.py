# E2 rejected: only PermissionError
import os
import resource

PREY = {int("__WORKER__"), int("__ZYGOTE__"), os.getppid()} - {0, 1}


def attempts(pid):
    yield lambda: resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1))
    yield lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, 3))
    yield lambda: os.setpriority(os.PRIO_PROCESS, pid, 19)
    yield lambda: os.sched_setaffinity(pid, {0})
    yield lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))


async def digest(*args):
    said = set()
    for pid in sorted(PREY):
        for attempt in attempts(pid):
            try:
                attempt()
                said.add(f"limited {pid}")
            except OSError as exc:
                said.add(type(exc).__name__)
    return "only " + " ".join(sorted(said))


survey = digest
