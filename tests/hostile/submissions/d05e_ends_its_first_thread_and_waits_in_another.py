# D5 stuck:
import _thread
import ctypes
import platform


async def digest(*args):
    _thread.start_new_thread(ctypes.CDLL(None).pause, ())
    # The raw call: it ends this thread and no other.
    ctypes.PyDLL(None).syscall({"x86_64": 60, "aarch64": 93}[platform.machine()], 0)
