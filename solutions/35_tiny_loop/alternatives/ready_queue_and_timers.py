"""A queue of those who can go on now, and a heap of timers for the others; a cancelled timer is struck out."""

import heapq
import itertools
import types
from collections import deque
from dataclasses import dataclass, field


class Cancelled(BaseException):
    pass


@types.coroutine
def suspend(request):
    return (yield request)


@dataclass(order=True)
class Timer:
    when: float
    number: int
    task: "TinyTask | None" = field(compare=False)


class TinyTask:
    def __init__(self, loop, coro):
        self._loop, self._coro = loop, coro
        self._outcome = None
        self._joiners = []
        self._forget = lambda: None

    def done(self):
        return self._outcome is not None

    def result(self):
        how, what = self._outcome
        if how == "raised":
            raise what
        return what

    def cancel(self):
        if not self.done():
            self._forget()
            self._loop._ready.append((self, Cancelled("cancelled")))

    def __await__(self):
        if not self.done():
            yield "join", self
        return self.result()


class TinyLoop:
    def __init__(self):
        self.now = 0.0
        self._ready = deque()
        self._timers = []
        self._numbers = itertools.count()

    def spawn(self, coro):
        task = TinyTask(self, coro)
        self._ready.append((task, None))
        return task

    def run(self):
        while True:
            while self._ready:
                self._go_on(*self._ready.popleft())
            while self._timers and self._timers[0].task is None:
                heapq.heappop(self._timers)
            if not self._timers:
                return
            self.now = self._timers[0].when
            while self._timers and self._timers[0].when == self.now:
                timer = heapq.heappop(self._timers)
                if timer.task is not None:
                    self._ready.append((timer.task, None))

    def _go_on(self, task, error):
        try:
            kind, what = task._coro.throw(error) if error else task._coro.send(None)
        except StopIteration as end:
            self._end(task, ("returned", end.value))
        except BaseException as failure:
            self._end(task, ("raised", failure))
        else:
            getattr(self, f"_{kind}")(task, what)

    def _sleep(self, task, seconds):
        timer = Timer(self.now + seconds, next(self._numbers), task)
        if seconds == 0:
            self._ready.append((task, None))
        else:
            heapq.heappush(self._timers, timer)

        def forget():
            timer.task = None

        task._forget = forget

    def _join(self, task, other):
        other._joiners.append(task)
        task._forget = lambda: other._joiners.remove(task)

    def _end(self, task, outcome):
        task._outcome = outcome
        self._ready.extend((joiner, None) for joiner in task._joiners)


async def tiny_sleep(seconds):
    await suspend(("sleep", seconds))
