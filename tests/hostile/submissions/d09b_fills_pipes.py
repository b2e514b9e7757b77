# D9 rejected: OSError
import os
import socket


async def digest(*args):
    try:
        for _ in range(1_000):
            reader, writer = os.pipe()
            os.set_blocking(writer, False)
            try:
                while True:
                    os.write(writer, bytes(65_536))
            except BlockingIOError:
                continue
    except OSError as exc:
        return type(exc).__name__
    return f"a thousand pipes {socket}"


survey = digest
