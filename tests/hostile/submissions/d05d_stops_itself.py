# D5 stuck:
import _thread
import os
import signal


async def digest(*args):
    os.kill(os.getpid(), signal.SIGSTOP)
    # The first process of a table cannot be stopped by its own signal.
    lock = _thread.allocate_lock()
    lock.acquire()
    lock.acquire()
