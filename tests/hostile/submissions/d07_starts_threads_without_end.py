# D7 rejected: RuntimeError
import _thread


async def digest(*args):
    lock = _thread.allocate_lock()
    lock.acquire()
    try:
        for _ in range(2_000):
            _thread.start_new_thread(lock.acquire, ())
    except Exception as exc:
        return type(exc).__name__
    return "2,000 threads"


survey = digest
