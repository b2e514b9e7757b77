"""A request is a function: the loop calls it with the task, and it arranges for the wake-up itself."""

import types


class Cancelled(BaseException):
    pass


@types.coroutine
def suspend(request):
    return (yield request)


class TinyTask:
    def __init__(self, loop, coro):
        self._loop = loop
        self._steps = self._life(coro)
        self._joined_by = []
        self._ending = None

    def _life(self, coro):
        """The whole life of the coroutine; it is sent an error, or None, for each step."""
        error = yield
        while True:
            try:
                request = coro.throw(error) if error else coro.send(None)
            except StopIteration as end:
                value = end.value
                self._ending = lambda: value
                break
            except BaseException as failure:
                self._ending = _raising(failure)
                break
            request(self)
            error = yield
        for wake in self._joined_by:
            wake()
        yield

    def done(self):
        return self._ending is not None

    def result(self):
        return self._ending()

    def cancel(self):
        if not self.done():
            self._loop._drop(self)
            self._loop._put(self, 0, Cancelled())

    def __await__(self):
        if not self.done():
            yield self._be_joined
        return self.result()

    def _be_joined(self, joiner):
        waiting = self._loop._park(joiner)
        self._joined_by.append(lambda: self._loop._unpark(joiner, waiting))


def _raising(error):
    def ending():
        raise error

    return ending


class TinyLoop:
    def __init__(self):
        self.now = 0.0
        self._agenda = []
        self._parked = {}

    def spawn(self, coro):
        task = TinyTask(self, coro)
        next(task._steps)
        self._put(task, 0)
        return task

    def run(self):
        while self._agenda:
            # `min` takes the first of equals.
            entry = min(self._agenda, key=lambda entry: entry[0])
            self._agenda.remove(entry)
            self.now, task, error = entry
            task._steps.send(error)

    def _put(self, task, seconds, error=None):
        self._agenda.append((self.now + seconds, task, error))

    def _drop(self, task):
        """Forget whatever the task waits for."""
        self._agenda = [entry for entry in self._agenda if entry[1] is not task]
        self._parked.pop(task, None)

    def _park(self, task):
        self._parked[task] = object()
        return self._parked[task]

    def _unpark(self, task, waiting):
        if self._parked.get(task) is waiting:
            del self._parked[task]
            self._put(task, 0)


@types.coroutine
def tiny_sleep(seconds):
    yield lambda task: task._loop._put(task, seconds)
