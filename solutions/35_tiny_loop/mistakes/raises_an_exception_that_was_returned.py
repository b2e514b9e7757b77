"""correctness: keeps results and exceptions in one place, and raises an exception that a coroutine has returned."""

import heapq
import itertools
import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any


class Cancelled(BaseException):
    """Raised in a coroutine whose task is cancelled."""


@types.coroutine
def suspend(request: Any) -> Generator[Any, Any, Any]:
    """Awaited, it stops the coroutine: `send` and `throw` return `request` to whoever drives it."""
    return (yield request)


class TinyTask:
    """A coroutine that a `TinyLoop` drives."""

    def __init__(self, loop: "TinyLoop", coro: Coroutine[Any, Any, Any]) -> None:
        self._loop = loop
        self._coro = coro
        self._done = False
        self._value: Any = None
        self._joiners: list[tuple[TinyTask, int]] = []
        self._wait = 0

    def done(self) -> bool:
        """Whether the coroutine has ended."""
        return self._done

    def result(self) -> Any:
        """What the coroutine returned; raises what it raised."""
        if isinstance(self._value, BaseException):
            raise self._value
        return self._value

    def cancel(self) -> None:
        """Raise `Cancelled` in the coroutine, where it waits, here and now."""
        if not self.done():
            self._drive(self._coro.throw, Cancelled())

    def __await__(self) -> Generator[Any, Any, Any]:
        """Join the task: wait for its end, then give its result."""
        if not self.done():
            yield lambda joiner: self._joiners.append((joiner, joiner._wait))
        return self.result()

    def _drive(self, how: Callable[[Any], Any], what: Any) -> None:
        """Drive the coroutine up to its next request, and grant that. All earlier waits are over."""
        self._wait += 1
        try:
            request = how(what)
        except StopIteration as end:
            self._end(end.value)
        except BaseException as error:
            self._end(error)
        else:
            request(self)

    def _end(self, value: Any) -> None:
        self._done, self._value = True, value
        for joiner, wait in self._joiners:
            self._loop._call(0.0, joiner, wait)


class TinyLoop:
    """Drives coroutines in virtual time."""

    def __init__(self) -> None:
        self.now = 0.0
        self._serials = itertools.count()
        self._calls: list[tuple[float, int, TinyTask, int]] = []

    def _call(self, seconds: float, task: TinyTask, wait: int) -> None:
        """Let `task` go on in some seconds, if it is still in that wait."""
        heapq.heappush(self._calls, (self.now + seconds, next(self._serials), task, wait))

    def spawn(self, coro: Coroutine[Any, Any, Any]) -> TinyTask:
        """A new task for `coro`."""
        task = TinyTask(self, coro)
        self._call(0.0, task, task._wait)
        return task

    def run(self) -> None:
        """Drive the tasks until all are done."""
        while self._calls:
            moment, _, task, wait = heapq.heappop(self._calls)
            if wait == task._wait and not task.done():
                self.now = moment
                task._drive(task._coro.send, None)


async def tiny_sleep(seconds: float) -> None:
    """Sleep for `seconds` of the loop's time."""
    await suspend(lambda task: task._loop._call(seconds, task, task._wait))
