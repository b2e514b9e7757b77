# D11 raised once: was ended by SIG
import ctypes


async def digest(*args):
    ctypes.memset(id(type), 0xFF, 4096)
    return type("Broken", (), {})()


survey = digest
