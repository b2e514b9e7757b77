# E3 rejected: only PermissionError
import fcntl
import os
import signal
import struct

PREY = {int("__WORKER__"), int("__ZYGOTE__"), os.getppid()} - {0, 1}
F_SETSIG, F_SETOWN_EX, FIOSETOWN, SIOCSPGRP, FIOASYNC = 10, 15, 0x8901, 0x8902, 0x5452


def attempts(fd, pid):
    yield lambda: fcntl.fcntl(fd, F_SETSIG, signal.SIGKILL)
    yield lambda: fcntl.fcntl(fd, fcntl.F_SETOWN, pid)
    yield lambda: fcntl.fcntl(fd, F_SETOWN_EX, struct.pack("ii", 1, pid))
    yield lambda: fcntl.ioctl(fd, FIOSETOWN, struct.pack("i", pid))
    yield lambda: fcntl.ioctl(fd, SIOCSPGRP, struct.pack("i", pid))
    yield lambda: fcntl.ioctl(fd, FIOASYNC, struct.pack("i", 1))
    yield lambda: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    yield lambda: fcntl.fcntl(fd, fcntl.F_NOTIFY, fcntl.DN_CREATE)


async def digest(*args):
    said = set()
    reader, writer = os.pipe()
    for pid in sorted(PREY):
        for fd in (reader, 1, 3):
            for attempt in attempts(fd, pid):
                try:
                    attempt()
                    said.add(f"reached {pid}")
                except OSError as exc:
                    said.add(type(exc).__name__)
    fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(writer, b"now")
    return "only " + " ".join(sorted(said))


survey = digest
