# F1 raised: The code raised RuntimeError: nothing got out
import _socket
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def call(*args):
    """A system call, as no library would make it."""
    result = libc.syscall(*map(ctypes.c_long, args))
    if result == -1:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def reach(kind):
    # Nothing beyond this machine is tried, even if a socket is to be had.
    sock = _socket.socket(_socket.AF_INET, kind)
    sock.setblocking(False)
    sock.connect_ex(("127.0.0.1", 9))


def look_up():
    # A name server, asked as the C library asks it.
    if not libc.gethostbyname(b"localhost.invalid."):
        raise OSError("unknown")


ATTEMPTS = {
    "TCP": lambda: reach(_socket.SOCK_STREAM),
    "UDP": lambda: reach(_socket.SOCK_DGRAM),
    "raw IP": lambda: reach(_socket.SOCK_RAW),
    "IPv6": lambda: _socket.socket(_socket.AF_INET6, _socket.SOCK_STREAM),
    "a call of its own": lambda: call(41, 2, 1, 0),
    "the name service": look_up,
    "a socket that it did not make": lambda: call(42, 3, 0, 16),
}


def held():
    out = []
    for name, attempt in ATTEMPTS.items():
        try:
            attempt()
        except (OSError, AttributeError, ImportError, ValueError):
            continue
        out.append(name)
    return out


async def digest(*args):
    out = held()
    raise RuntimeError(f"got out by {out}" if out else "nothing got out")


survey = digest
