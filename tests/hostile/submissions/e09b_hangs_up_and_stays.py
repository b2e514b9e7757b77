# E9 raised once: closed its connection
import _socket
import os


async def digest(*args):
    sock = _socket.socket(fileno=os.dup(3))
    sock.shutdown(2)
    os.read(os.pipe()[0], 1)
