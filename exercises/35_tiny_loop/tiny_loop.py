"""Tiny loop: an event loop that drives coroutines, without asyncio."""

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

    def __init__(self, coro: Coroutine[Any, Any, Any]) -> None:
        self._coro = coro
        self._done = False
        self._value: Any = None

    def done(self) -> bool:
        """Whether the coroutine has ended."""
        return self._done

    def result(self) -> Any:
        """What the coroutine returned; raises what it raised."""
        return self._value

    def cancel(self) -> None:
        """Raise `Cancelled` in the coroutine, where it waits."""

    def __await__(self) -> Generator[Any, Any, Any]:
        """Join the task: wait for its end, then give its result."""
        yield self
        return self.result()


class TinyLoop:
    """Drives coroutines in virtual time."""

    def __init__(self) -> None:
        self.now = 0.0
        self._tasks: list[TinyTask] = []

    def spawn(self, coro: Coroutine[Any, Any, Any]) -> TinyTask:
        """A new task for `coro`."""
        task = TinyTask(coro)
        self._tasks.append(task)
        return task

    def run(self) -> None:
        """Drive the tasks until all are done."""
        # TODO: let the tasks take turns, at the times at which they can go on; then joins and cancellation.
        for task in self._tasks:
            try:
                while True:
                    task._coro.send(None)
            except StopIteration as end:
                task._done, task._value = True, end.value


async def tiny_sleep(seconds: float) -> None:
    """Sleep for `seconds` of the loop's time."""
    await suspend(seconds)
