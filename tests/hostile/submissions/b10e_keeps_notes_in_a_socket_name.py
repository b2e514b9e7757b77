# B10 rejected: nothing kept
import _socket


async def digest(*args):
    kept = []
    for kind in (_socket.SOCK_STREAM, _socket.SOCK_DGRAM):
        try:
            sock = _socket.socket(_socket.AF_UNIX, kind)
            sock.bind("\0left_behind")
            kept.append("a name")
        except OSError:
            continue
    return str(kept) if kept else "nothing kept"


survey = digest
