"""System calls that Python has no function for."""

from __future__ import annotations

import ctypes
import os
import platform
import sys

LINUX = sys.platform == "linux"
MACHINE = platform.machine()

_libc = ctypes.CDLL(None, use_errno=True) if LINUX else None

PR_SET_DUMPABLE = 4
PR_SET_PDEATHSIG = 1
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4


def call(number: int, *args: object) -> int:
    """`syscall(number, …)`.

    Raises:
        OSError: the kernel refused.
    """
    if _libc is None:
        raise OSError("there are no Linux system calls on this system")
    result: int = _libc.syscall(
        ctypes.c_long(number), *(ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args)
    )
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def prctl(option: int, *args: int) -> None:
    """`prctl(option, …)`.

    Raises:
        OSError: the kernel refused.
    """
    padded = (*args, 0, 0, 0, 0)[:4]
    if _libc is None or _libc.prctl(option, *(ctypes.c_ulong(arg) for arg in padded)) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def no_new_privileges() -> None:
    """From now on no program that this process could start has more rights than it has."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
