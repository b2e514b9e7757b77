# E2 rejected: only PermissionError
import os


async def digest(*args):
    said = set()
    for kind, who in ((os.PRIO_USER, 0), (os.PRIO_PGRP, 0), (os.PRIO_PROCESS, 0)):
        try:
            os.setpriority(kind, who, 19)
            said.add("limited")
        except OSError as exc:
            said.add(type(exc).__name__)
    for change in (lambda: os.setuid(65_534), lambda: os.setsid(), lambda: os.setpgid(0, 0)):
        try:
            change()
            said.add("changed")
        except OSError as exc:
            said.add(type(exc).__name__)
    return "only " + " ".join(sorted(said))


survey = digest
