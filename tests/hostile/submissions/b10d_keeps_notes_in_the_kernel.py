# B10 rejected: nothing kept
import ctypes
import fcntl
import os
import platform


def locked(fd):
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


async def digest(*args):
    libc = ctypes.CDLL(None)
    add_key, keyctl = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]
    kept = []
    if libc.syscall(add_key, b"user", b"left_behind", b"seen", 4, -4) >= 0 or libc.syscall(keyctl, 0, -4, 0) >= 0:
        kept.append("key")
    fd = os.open(os.__file__, os.O_RDONLY)
    if locked(fd) or locked(0):
        kept.append("lock")
    try:
        fcntl.lockf(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        kept.append("record lock")
    except OSError:
        pass
    return str(kept) if kept else "nothing kept"


survey = digest
