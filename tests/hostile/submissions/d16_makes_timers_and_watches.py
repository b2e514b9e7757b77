# D16 rejected: only refused
import ctypes
import os


async def digest(*args):
    libc = ctypes.CDLL(None)
    room = ctypes.create_string_buffer(64)
    said = set()
    for _ in range(300):
        for made in (
            libc.timer_create(1, None, ctypes.byref(room)),
            libc.timerfd_create(1, 0),
            libc.inotify_init1(0),
            libc.fanotify_init(0, 0),
            libc.signalfd(-1, room, 0),
            libc.sigqueue(int("__WORKER__"), 10, None),
        ):
            said.add("refused" if made < 0 else "made")
    return "only " + " ".join(sorted(said)) + (os.sep if "made" in said else "")


survey = digest
