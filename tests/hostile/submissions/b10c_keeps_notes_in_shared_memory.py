# B10 rejected: nothing kept
import ctypes

KEY, MADE = 0x0BAD5EED, 0o1600


async def digest(*args):
    libc = ctypes.CDLL(None)
    kept = [
        name
        for name, number in (
            ("shared memory", libc.shmget(KEY, 4096, MADE)),
            ("private shared memory", libc.shmget(0, 4096, MADE)),
            ("semaphores", libc.semget(KEY, 1, MADE)),
            ("queue", libc.msgget(KEY, MADE)),
            ("posix shared memory", libc.shm_open(b"/left_behind", 0o102, 0o600)),
            ("posix queue", ctypes.CDLL("librt.so.1").mq_open(b"/left_behind", 0o102, 0o600, None)),
            ("memory file", libc.memfd_create(b"left_behind", 0)),
        )
        if number >= 0
    ]
    return str(kept) if kept else "nothing kept"


survey = digest
