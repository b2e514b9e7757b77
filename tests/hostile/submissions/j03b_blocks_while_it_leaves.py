# J3 stuck: never given back
import _thread


class Room:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        lock = _thread.allocate_lock()
        lock.acquire()
        lock.acquire()


async def digest(*args):
    async with Room():
        return []


survey = digest
