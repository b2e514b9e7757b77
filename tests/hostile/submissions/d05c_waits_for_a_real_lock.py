# D5 stuck: not asynchronous
import _thread


async def digest(*args):
    lock = _thread.allocate_lock()
    lock.acquire()
    lock.acquire()
