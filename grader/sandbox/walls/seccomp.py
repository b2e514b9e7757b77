"""Seccomp: which system calls a process may make. What is not in the table is refused with EPERM.

The table was made from what honest programs need (38 calls, in traces of asyncio, threads, aiohttp and the
standard library) and what their alternatives on other C libraries and architectures are. A call that
examines its arguments has a rule below the table.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import struct
from collections.abc import Iterator, Sequence

from grader.sandbox.walls import kernel

#: Name: number on x86_64, number on aarch64 (None: the architecture has no such call).
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    # memory
    "brk": (12, 214), "mmap": (9, 222), "munmap": (11, 215), "mprotect": (10, 226), "mremap": (25, 216),
    "madvise": (28, 233), "mincore": (27, 232), "msync": (26, 227),
    # files that are open, and opening (where Landlock allows it)
    "read": (0, 63), "readv": (19, 65), "pread64": (17, 67), "write": (1, 64), "writev": (20, 66),
    "lseek": (8, 62), "close": (3, 57), "openat": (257, 56), "open": (2, None), "fstat": (5, 80),
    "newfstatat": (262, 79), "stat": (4, None), "lstat": (6, None), "statx": (332, 291), "access": (21, None),
    "faccessat": (269, 48), "faccessat2": (439, 439), "getdents64": (217, 61), "readlink": (89, None),
    "readlinkat": (267, 78), "getcwd": (79, 17), "ftruncate": (77, 46), "fsync": (74, 82), "umask": (95, 166),
    "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24), "pipe": (22, None), "pipe2": (293, 59),
    # sockets that are open: the channel
    "recvfrom": (45, 207), "recvmsg": (47, 212), "sendto": (44, 206), "shutdown": (48, 210),
    "getsockname": (51, 204), "getpeername": (52, 205), "getsockopt": (55, 209), "setsockopt": (54, 208),
    # waiting
    "epoll_create1": (291, 20), "epoll_ctl": (233, 21), "epoll_wait": (232, None), "epoll_pwait": (281, 22),
    "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72), "eventfd2": (290, 19),
    "nanosleep": (35, 101), "clock_nanosleep": (230, 115), "pause": (34, None), "restart_syscall": (219, 128),
    # time
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169), "time": (201, None),
    "times": (100, 153), "setitimer": (38, 103), "getitimer": (36, 102), "alarm": (37, None),
    # signals within the process
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "rt_sigtimedwait": (128, 137), "sigaltstack": (131, 132),
    # threads
    "futex": (202, 98), "set_robust_list": (273, 99), "rseq": (334, 293), "set_tid_address": (218, 96),
    "gettid": (186, 178), "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "membarrier": (324, 283),
    "arch_prctl": (158, None),
    # who and where
    "getpid": (39, 172), "getppid": (110, 173), "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176),
    "getegid": (108, 177), "getgroups": (115, 158), "getresuid": (118, 148), "getresgid": (120, 150),
    "getpgrp": (111, None), "getpgid": (121, 155), "getsid": (124, 156), "uname": (63, 160),
    "sysinfo": (99, 179), "getrlimit": (97, 163), "getrusage": (98, 165), "capget": (125, 90),
    "getrandom": (318, 278),
    # the end
    "wait4": (61, 260), "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip

# Calls with a rule of their own.
_CLONE, _CLONE3, _KILL, _TGKILL = (56, 220), (435, 435), (62, 129), (234, 131)
_PRCTL, _IOCTL, _FCNTL, _PRLIMIT, _SOCKETPAIR = (157, 167), (16, 29), (72, 25), (302, 261), (53, 199)
_OPEN, _OPENAT = (2, None), (257, 56)

_CLONE_THREAD = 0x10000
_AF_UNIX = 1
#: Opening for anything but reading, or making a file, a temporary one included.
_WRITING_FLAGS = 0o1 | 0o2 | 0o100 | 0o1000 | 0o20000000
_PRCTL_ALLOWED = (15, 16, 0x53564D41)  # the names of a thread and of a mapping
_IOCTL_ALLOWED = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # is it a terminal, its size, bytes waiting, flags
_FCNTL_ALLOWED = (0, 1, 2, 3, 4, 1030)  # duplicate, flags; not who is signalled

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_SET_MODE_FILTER, _FLAG_TSYNC = 1, 1
_SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}

# The few instructions of classic BPF that a filter needs, as in linux/bpf_common.h.
_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_X32_CALLS = 0x40000000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

Instruction = tuple[int, int, int, int]


def supported() -> bool:
    """Whether the kernel filters system calls, and the table knows this architecture."""
    if not kernel.LINUX or kernel.MACHINE not in _ARCHITECTURES:
        return False
    try:
        # Asks whether an action is known; changes nothing.
        kernel.call(_SECCOMP_CALL[kernel.MACHINE], 2, 0, ctypes.byref(ctypes.c_uint32(_KILL_PROCESS)))
    except OSError:
        return False
    return True


def install() -> None:
    """Filter this process's system calls, in all its threads, for good."""
    program = b"".join(struct.pack("<HBBI", *instruction) for instruction in build(os.getpid()))
    buffer = ctypes.create_string_buffer(program, len(program))

    class _Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    described = _Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    kernel.no_new_privileges()
    kernel.call(_SECCOMP_CALL[kernel.MACHINE], _SET_MODE_FILTER, _FLAG_TSYNC, ctypes.byref(described))


@functools.cache
def build(pid: int) -> list[Instruction]:
    """The filter for the process `pid`, which may signal itself and nobody else."""
    column, architecture = _ARCHITECTURES[kernel.MACHINE]
    program: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_GREATER_EQUAL, 0, 1, _X32_CALLS),
        (_RETURN, 0, 0, _KILL_PROCESS),
    ]
    for numbers, rule in _rules(pid):
        number = numbers[column]
        if number is not None:
            program += [(_JUMP_EQUAL, 0, len(rule), number), *rule]
    with_rules = {numbers[column] for numbers, _ in _rules(pid)}
    for numbers in ALLOWED.values():
        number = numbers[column]
        if number is not None and number not in with_rules:
            program += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    return [*program, _refuse(errno.EPERM)]


def _rules(pid: int) -> Iterator[tuple[tuple[int | None, int | None], list[Instruction]]]:
    # The C library falls back from clone3, whose flags lie out of a filter's sight, to clone.
    yield _CLONE3, [_refuse(errno.ENOSYS)]
    yield _CLONE, [_argument(0), (_JUMP_SET, 0, 1, _CLONE_THREAD), (_RETURN, 0, 0, _ALLOW), _refuse(errno.EPERM)]
    yield _KILL, _only(0, [pid])
    yield _TGKILL, _only(0, [pid])
    yield _PRCTL, _only(0, _PRCTL_ALLOWED)
    yield _IOCTL, _only(1, _IOCTL_ALLOWED)
    yield _FCNTL, _only(1, _FCNTL_ALLOWED)
    yield _SOCKETPAIR, _only(0, [_AF_UNIX])
    # Reading one's own limits, never setting any.
    yield _PRLIMIT, [
        _argument(0), (_JUMP_EQUAL, 0, 4, 0),
        _argument(2), (_JUMP_EQUAL, 0, 2, 0),
        (_LOAD, 0, 0, _ARGUMENTS + 8 * 2 + 4), (_JUMP_EQUAL, 1, 0, 0),
        _refuse(errno.EPERM), (_RETURN, 0, 0, _ALLOW),
    ]  # fmt: skip
    yield _OPEN, _reading(1)
    yield _OPENAT, _reading(2)


def _refuse(error: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | error)


def _argument(index: int) -> Instruction:
    """Load the lower half of an argument; on little-endian machines it comes first."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _only(index: int, values: Sequence[int]) -> list[Instruction]:
    """Allow the call when the argument is one of `values`."""
    tests = [(_JUMP_EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
    return [_argument(index), *tests, _refuse(errno.EPERM), (_RETURN, 0, 0, _ALLOW)]


def _reading(index: int) -> list[Instruction]:
    """Allow opening for reading."""
    return [_argument(index), (_JUMP_SET, 0, 1, _WRITING_FLAGS), _refuse(errno.EACCES), (_RETURN, 0, 0, _ALLOW)]
