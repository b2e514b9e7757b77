"""Tasks and futures whose hash is a number, so that sets of them have the same order in every run."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from grader.simulation.loop import SimulatedLoop

T = TypeVar("T")


class SimulatedTask(asyncio.Task[T]):
    """A task whose hash is its number; the number exists before an eager task takes its first step."""

    def __init__(self, coro: Coroutine[Any, Any, T], *, loop: SimulatedLoop, **options: Any) -> None:
        self._number = loop.machine.next_serial()
        super().__init__(coro, loop=loop, **options)
        if self._source_traceback:  # type: ignore[attr-defined]
            # "created at" names the line that made the task, not this one.
            del self._source_traceback[-1]  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return self._number

    def cancel(self, msg: Any | None = None) -> bool:
        on_cancel = self.get_loop().machine.on_cancel  # type: ignore[attr-defined]
        if on_cancel is not None and not self.done():
            on_cancel(self)
        return super().cancel(msg)


class SimulatedFuture(asyncio.Future[T]):
    """A future whose hash is its number. Few are ever put into a set: the number is made when it is asked for."""

    _number: int | None = None

    def __hash__(self) -> int:
        if self._number is None:
            loop: SimulatedLoop = self.get_loop()  # type: ignore[assignment]
            self._number = loop.machine.next_serial()
        return self._number


# What `print(task)` shows is what asyncio's documentation shows.
SimulatedTask.__name__ = SimulatedTask.__qualname__ = "Task"
SimulatedFuture.__name__ = SimulatedFuture.__qualname__ = "Future"
