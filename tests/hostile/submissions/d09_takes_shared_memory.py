# D9 rejected: only refused
import ctypes
import mmap
import os


async def digest(*args):
    said = set()
    try:
        said.add(len(mmap.mmap(-1, 3 * 2**30)))
    except (OSError, MemoryError):
        said.add("refused")
    try:
        os.ftruncate(os.memfd_create("left_behind"), 2**20)
        said.add("a memory file")
    except OSError:
        said.add("refused")
    if ctypes.CDLL(None).mlockall(3) == 0:
        said.add("locked memory")
    return "only " + " ".join(sorted(map(str, said)))


survey = digest
