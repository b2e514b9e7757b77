# E11 rejected: only PermissionError
import _socket
import array
import os


async def digest(*args):
    said = set()
    sock = _socket.socket(fileno=os.dup(3))
    for number in (1, 60):
        fds = array.array("i", [0] * number)
        try:
            sock.sendmsg([b"\0\0\0\1\xc0"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, fds)])
            said.add("sent")
        except OSError as exc:
            said.add(type(exc).__name__)
    return "only " + " ".join(sorted(said))


survey = digest
