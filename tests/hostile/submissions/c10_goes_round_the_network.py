# C10 rejected: only PermissionError
import _socket
import asyncio
import selectors
import urllib.request


async def digest(*args):
    said = set()
    for family in (_socket.AF_INET, _socket.AF_INET6, _socket.AF_UNIX):
        for kind in (_socket.SOCK_STREAM, _socket.SOCK_DGRAM, _socket.SOCK_RAW):
            try:
                _socket.socket(family, kind)
                said.add("a socket")
            except OSError as exc:
                said.add(type(exc).__name__)
    try:
        urllib.request.urlopen("http://127.0.0.1/", timeout=1).read()
        said.add("an answer")
    except Exception:
        pass
    return "only " + " ".join(sorted(said))


async def survey(session, urls):
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    return f"{await digest()} {type(loop).__name__}"
