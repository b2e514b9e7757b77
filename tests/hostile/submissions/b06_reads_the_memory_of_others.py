# B6 rejected: only refused
import ctypes
import os

WORKER, ZYGOTE = int("__WORKER__"), int("__ZYGOTE__")


class Piece(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


async def digest(*args):
    libc = ctypes.CDLL(None, use_errno=True)
    room = ctypes.create_string_buffer(64)
    here = Piece(ctypes.addressof(room), 64)
    said = set()
    for pid in {WORKER, ZYGOTE, os.getppid(), 1}:
        there = Piece(ctypes.addressof(room), 64)
        for call in (
            lambda: libc.ptrace(16, pid, 0, 0),
            lambda: libc.ptrace(0x4206, pid, 0, 0),
            lambda: libc.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0),
            lambda: libc.process_vm_writev(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0),
            lambda: libc.syscall(434, pid, 0),
            lambda: libc.syscall(438, 3, 0, 0),
            lambda: libc.syscall(440, 3, 0, 0, 0, 0),
        ):
            said.add("refused" if call() < 0 else "reached")
    return "only " + " ".join(sorted(said))


survey = digest
