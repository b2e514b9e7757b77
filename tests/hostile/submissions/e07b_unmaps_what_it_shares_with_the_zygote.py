# E7 raised once: was ended by SIG
import ctypes


async def digest(*args):
    libc = ctypes.CDLL(None)
    libc.munmap(ctypes.c_void_p(id(digest) & ~0xFFF), ctypes.c_size_t(2**20))
    libc.munmap(ctypes.c_void_p(id(type) & ~0xFFF), ctypes.c_size_t(2**21))
    return "garbage"


survey = digest
