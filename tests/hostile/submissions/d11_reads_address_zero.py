# D11 raised once: was ended by SIG
import ctypes


async def digest(*args):
    ctypes.string_at(0)


survey = digest
