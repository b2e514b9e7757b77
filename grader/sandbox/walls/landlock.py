"""Landlock: which files a process may reach. Needs no privilege; works as an ordinary user and in containers.

Numbers and structures are those of the kernel's ``linux/landlock.h``.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence

from grader.sandbox.walls import kernel

# The same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_GET_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
#: Rights over files that each version of Landlock can take away, as the highest bit it knows.
_FILE_RIGHTS = {1: 12, 2: 13, 3: 14, 4: 14, 5: 15}
_BIND_AND_CONNECT_TCP = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """The version of Landlock that this kernel has, 0 for none. Asked of the kernel: files can mislead."""
    if not kernel.LINUX:
        return 0
    try:
        return kernel.call(_CREATE_RULESET, 0, 0, _GET_VERSION)
    except OSError:
        return 0


def restrict(readable: Sequence[str]) -> None:
    """Let this process read below `readable` and do nothing else to any file, for good."""
    have = version()
    rights = (1 << (_FILE_RIGHTS[min(have, 5)] + 1)) - 1
    ruleset = _Ruleset(
        rights, _BIND_AND_CONNECT_TCP if have >= 4 else 0, _ABSTRACT_SOCKETS_AND_SIGNALS if have >= 6 else 0
    )
    # Older kernels know shorter structures.
    size = 24 if have >= 6 else 16 if have >= 4 else 8
    fd = kernel.call(_CREATE_RULESET, ctypes.byref(ruleset), size, 0)
    try:
        for path in readable:
            _allow_reading(fd, path)
        kernel.no_new_privileges()
        kernel.call(_RESTRICT_SELF, fd, 0)
    finally:
        os.close(fd)


def _allow_reading(ruleset: int, path: str) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        allowed = _READ_FILE | (_READ_DIR if os.path.isdir(path) else 0)
        rule = _PathBeneath(allowed, parent)
        kernel.call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(parent)
