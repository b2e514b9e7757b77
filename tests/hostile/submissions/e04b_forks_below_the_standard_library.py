# E4 rejected: only refused
import ctypes
import os
import platform
import time

CLONE, CLONE3 = {"x86_64": (56, 435), "aarch64": (220, 435)}[platform.machine()]
CLONE_PARENT, CLONE_VFORK, SIGCHLD = 0x8000, 0x4000, 17


async def digest(*args):
    libc = ctypes.CDLL(None)
    said = set()
    for flags in (SIGCHLD, CLONE_PARENT | SIGCHLD, CLONE_VFORK | SIGCHLD):
        pid = libc.syscall(CLONE, flags, 0, 0, 0, 0)
        if pid == 0:
            time.sleep(10)
            os._exit(0)
        said.add("refused" if pid < 0 else "a process")
    room = ctypes.create_string_buffer(88)
    pid = libc.syscall(CLONE3, room, 88)
    if pid == 0:
        os._exit(0)
    said.add("refused" if pid < 0 else "a process")
    return "only " + " ".join(sorted(said))


survey = digest
