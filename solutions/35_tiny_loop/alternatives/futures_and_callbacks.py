"""As asyncio does it: callbacks below, futures that call back, and a task that is a future with a coroutine."""

import bisect
import types


class Cancelled(BaseException):
    pass


@types.coroutine
def suspend(request):
    return (yield request)


class Future:
    def __init__(self):
        self._done, self._value, self._error = False, None, None
        self._callbacks = []

    def done(self):
        return self._done

    def result(self):
        if self._error is not None:
            raise self._error
        return self._value

    def _settle(self, value=None, error=None):
        if not self._done:
            self._done, self._value, self._error = True, value, error
            for callback in self._callbacks:
                callback()

    def __await__(self):
        if not self._done:
            yield self
        return self.result()


class TinyTask(Future):
    def __init__(self, loop, coro):
        super().__init__()
        self._loop, self._coro = loop, coro
        self._waits_for = None
        loop._call_at(loop.now, self._step)

    def cancel(self):
        if self._done:
            return
        self._waits_for = None
        self._loop._call_at(self._loop.now, lambda: self._step(Cancelled()))

    def _step(self, error=None):
        try:
            request = self._coro.throw(error) if error else self._coro.send(None)
        except StopIteration as end:
            self._settle(end.value)
        except BaseException as failure:
            self._settle(error=failure)
        else:
            future = request if isinstance(request, Future) else self._loop._alarm(self, request)
            self._waits_for = future
            future._callbacks.append(lambda: self._woken_by(future))

    def _woken_by(self, future):
        if self._waits_for is future:
            self._loop._call_at(self._loop.now, lambda: self._waits_for is future and self._step())


class TinyLoop:
    def __init__(self):
        self.now = 0.0
        self._calls = []

    def spawn(self, coro):
        return TinyTask(self, coro)

    def run(self):
        while self._calls:
            when, needed, callback = self._calls.pop(0)
            if needed():
                self.now = when
                callback()

    def _call_at(self, when, callback, needed=lambda: True):
        # To the right of its equals, so that ties keep their order.
        bisect.insort_right(self._calls, (when, needed, callback), key=lambda call: call[0])

    def _alarm(self, task, seconds):
        alarm = Future()
        self._call_at(self.now + seconds, lambda: self._ring(task, alarm), lambda: task._waits_for is alarm)
        return alarm

    def _ring(self, task, alarm):
        # In its turn already: the step is taken here, not called for once more.
        alarm._callbacks.clear()
        alarm._settle()
        task._step()


async def tiny_sleep(seconds):
    await suspend(seconds)
