# F3 raised: The code raised RuntimeError: nothing got out
import _socket


def reach(address):
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    sock.connect(address)


PLACES = ["\0/tmp/.X11-unix/X0", "/tmp/.X11-unix/X0", "/run/dbus/system_bus_socket", "/var/run/docker.sock", "/dev/log"]
ATTEMPTS = {repr(place): lambda place=place: reach(place) for place in PLACES}
ATTEMPTS["an abstract name"] = lambda: _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM).bind("\0left_behind")


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
