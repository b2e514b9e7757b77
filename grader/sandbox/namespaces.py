"""Namespaces: a process table, a network and an inter-process memory of one's own.

The zygote moves into new ones once, before it warms up; each child gets a process table of its own, in which
it is alone and has no name for anybody else. Numbers are those of the kernel's ``linux/sched.h``.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

from grader.sandbox.walls import kernel

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = (
    0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
_UNSHARE = {"x86_64": 272, "aarch64": 97}
_SETNS = {"x86_64": 308, "aarch64": 268}


def available() -> bool:
    """Whether a process of this one may have namespaces of its own. Tried in a child, which then ends."""
    if not kernel.LINUX or kernel.MACHINE not in _UNSHARE:
        return False
    pid = os.fork()
    if pid == 0:
        try:
            _move()
            os._exit(0 if _has_own_processes() else 1)
        except OSError:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    return status == 0


def move_in() -> None:
    """Go on in new namespaces, as the first process there; the calling process stays behind and waits.

    Raises:
        OSError: the kernel refused.
    """
    _move()
    pid = os.fork()
    if pid:
        _stay_behind(pid)
    # When the process that stayed behind is killed, nothing of this may be left.
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


class Table:
    """Where a zygote forks: each child is the first and only process of a table of its own."""

    def __init__(self) -> None:
        self._here = os.pidfd_open(os.getpid())

    def fork(self) -> int:
        """`os.fork`, into a new table; the number returned is the child's in the zygote's own.

        Raises:
            OSError: the kernel refused.
        """
        kernel.call(_UNSHARE[kernel.MACHINE], _NEWPID | _NEWIPC)
        pid = os.fork()
        if pid:
            # Only the children of this process go elsewhere; the next one needs a new table again.
            kernel.call(_SETNS[kernel.MACHINE], self._here, _NEWPID)
        return pid


def _move() -> None:
    user, group = os.getuid(), os.getgid()
    separate = _NEWPID | _NEWNET | _NEWIPC | _NEWUTS | _NEWNS
    if not os.path.exists("/proc/self/uid_map"):
        # Inside bubblewrap, which has made a user namespace and left the right to make the others.
        kernel.call(_UNSHARE[kernel.MACHINE], separate)
        return
    kernel.call(_UNSHARE[kernel.MACHINE], _NEWUSER | separate)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _has_own_processes() -> bool:
    """In new namespaces: whether a child can be given a table of its own."""
    pid = os.fork()
    if pid == 0:
        try:
            if (child := Table().fork()) == 0:
                os._exit(0)
            os.waitpid(child, 0)
            os._exit(0)
        except OSError:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    return status == 0


def _stay_behind(pid: int) -> NoReturn:
    os.closerange(3, 1 << 12)
    _, status = os.waitpid(pid, 0)
    sys.stdout = sys.stderr = None
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
