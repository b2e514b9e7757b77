"""concurrency: settles ties backwards, so that the last to fall asleep goes on first."""

import heapq
import itertools
import types
from collections.abc import Coroutine, Generator
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
        self._wait = 0  # the number of the present wait
        self._joiners: list[tuple[TinyTask, int]] = []
        self._done = False
        self._value: Any = None
        self._error: BaseException | None = None

    def done(self) -> bool:
        """Whether the coroutine has ended."""
        return self._done

    def result(self) -> Any:
        """What the coroutine returned; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._value

    def cancel(self) -> None:
        """Raise `Cancelled` in the coroutine, where it waits."""
        if not self._done:
            # A new wait: whatever would have ended the old one finds that it is over.
            self._wait += 1
            self._loop._wake(self, self._wait, error=Cancelled())

    def __await__(self) -> Generator[Any, Any, Any]:
        """Join the task: wait for its end, then give its result."""
        if not self._done:
            yield self
        return self.result()

    def _drive(self, error: BaseException | None) -> None:
        """Run the coroutine until it waits again, or ends."""
        self._wait += 1
        try:
            request = self._coro.send(None) if error is None else self._coro.throw(error)
        except StopIteration as end:
            self._value = end.value
        except BaseException as failure:
            self._error = failure
        else:
            if isinstance(request, TinyTask):
                request._joiners.append((self, self._wait))
            else:
                self._loop._wake(self, self._wait, delay=request)
            return
        self._done = True
        for joiner, wait in self._joiners:
            self._loop._wake(joiner, wait)


class TinyLoop:
    """Drives coroutines in virtual time."""

    def __init__(self) -> None:
        self.now = 0.0
        self._heap: list[tuple[float, int, TinyTask, int, BaseException | None]] = []
        # Settles ties, first come, first served; without it the heap would compare tasks.
        self._order = itertools.count()

    def spawn(self, coro: Coroutine[Any, Any, Any]) -> TinyTask:
        """A new task for `coro`."""
        task = TinyTask(self, coro)
        self._wake(task, task._wait)
        return task

    def run(self) -> None:
        """Drive the tasks until all are done."""
        while self._heap:
            time, _, task, wait, error = heapq.heappop(self._heap)
            # Looked at before the clock moves: nobody waits for a stale wake-up.
            if wait == task._wait:
                self.now = time
                task._drive(error)

    def _wake(self, task: TinyTask, wait: int, *, delay: float = 0.0, error: BaseException | None = None) -> None:
        """Have `task` go on after `delay`, if that wait is not over by then."""
        heapq.heappush(self._heap, (self.now + delay, -next(self._order), task, wait, error))


async def tiny_sleep(seconds: float) -> None:
    """Sleep for `seconds` of the loop's time."""
    await suspend(seconds)
