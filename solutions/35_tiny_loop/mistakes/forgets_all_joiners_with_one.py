"""cancellation: when a joiner is cancelled, forgets all who join the same task, and they wait for ever."""

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
        self._outcome: Callable[[], Any] | None = None
        self._joiners: list[tuple[TinyTask, int]] = []
        self._wait = 0
        self._joined: TinyTask | None = None

    def done(self) -> bool:
        """Whether the coroutine has ended."""
        return self._outcome is not None

    def result(self) -> Any:
        """What the coroutine returned; raises what it raised."""
        if self._outcome is None:
            raise RuntimeError("The task is not done.")
        return self._outcome()

    def cancel(self) -> None:
        """Raise `Cancelled` in the coroutine, where it waits, here and now."""
        if self.done():
            return
        if self._joined is not None:
            self._joined._joiners.clear()
        self._drive(self._coro.throw, Cancelled())

    def __await__(self) -> Generator[Any, Any, Any]:
        """Join the task: wait for its end, then give its result."""
        if not self.done():
            yield self._add_joiner
        return self.result()

    def _add_joiner(self, joiner: "TinyTask") -> None:
        joiner._joined = self
        self._joiners.append((joiner, joiner._wait))

    def _drive(self, how: Callable[[Any], Any], what: Any) -> None:
        """Drive the coroutine up to its next request, and grant that. All earlier waits are over."""
        self._wait += 1
        self._joined = None
        try:
            request = how(what)
        except StopIteration as end:
            value = end.value
            self._end(lambda: value)
        except BaseException as error:
            failure = error
            self._end(lambda: throw(failure))
        else:
            request(self)

    def _end(self, outcome: Callable[[], Any]) -> None:
        self._outcome = outcome
        for joiner, wait in self._joiners:
            self._loop._call(0.0, joiner, wait)


def throw(error: BaseException) -> Any:
    """Raise `error`, as an expression."""
    raise error


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
