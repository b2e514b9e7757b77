"""What a task does is an object: it is due, it joins, or it has ended; the agenda is a list that is kept in order."""

import bisect
import types
from collections.abc import Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any, NoReturn


class Cancelled(BaseException):
    """Raised in a coroutine whose task is cancelled."""


@types.coroutine
def suspend(request: Any) -> Generator[Any, Any, Any]:
    """Awaited, it stops the coroutine: `send` and `throw` return `request` to whoever drives it."""
    return (yield request)


@dataclass(order=True)
class Due:
    """A task goes on at a time, with an error if it was cancelled."""

    when: float
    serial: int
    task: "TinyTask" = field(compare=False)
    error: BaseException | None = field(compare=False, default=None)

    def leave(self) -> None:
        """Take it off the agenda."""
        self.task.loop.agenda.remove(self)


@dataclass(eq=False)
class Joining:
    """A task waits for the end of another."""

    task: "TinyTask"
    other: "TinyTask"

    def leave(self) -> None:
        """Wait no longer."""
        self.other.joiners.remove(self)


@dataclass
class Returned:
    """A task has returned."""

    value: Any

    def get(self) -> Any:
        return self.value


@dataclass
class Raised:
    """A task has raised."""

    error: BaseException

    def get(self) -> NoReturn:
        raise self.error


class TinyTask:
    """A coroutine that a `TinyLoop` drives."""

    def __init__(self, loop: "TinyLoop", coro: Coroutine[Any, Any, Any]) -> None:
        self.loop = loop
        self.coro = coro
        self.joiners: list[Joining] = []
        self.state: Due | Joining | Returned | Raised = loop.due(self)

    def done(self) -> bool:
        """Whether the coroutine has ended."""
        return isinstance(self.state, Returned | Raised)

    def result(self) -> Any:
        """What the coroutine returned; raises what it raised."""
        assert isinstance(self.state, Returned | Raised)
        return self.state.get()

    def cancel(self) -> None:
        """Raise `Cancelled` in the coroutine, where it waits."""
        if isinstance(self.state, Due | Joining):
            self.state.leave()
            self.state = self.loop.due(self, error=Cancelled())

    def __await__(self) -> Generator[Any, Any, Any]:
        """Join the task: wait for its end, then give its result."""
        if not self.done():
            yield "join", self
        return self.result()

    def go_on(self, error: BaseException | None) -> None:
        """Drive the coroutine to its next state."""
        try:
            request = self.coro.throw(error) if error else self.coro.send(None)
        except StopIteration as end:
            self.end(Returned(end.value))
        except BaseException as failure:
            self.end(Raised(failure))
        else:
            match request:
                case "sleep", seconds:
                    self.state = self.loop.due(self, seconds)
                case "join", other:
                    self.state = Joining(self, other)
                    other.joiners.append(self.state)

    def end(self, state: Returned | Raised) -> None:
        """End, and let the joiners go on."""
        self.state = state
        for joining in self.joiners:
            joining.task.state = self.loop.due(joining.task)


class TinyLoop:
    """Drives coroutines in virtual time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.agenda: list[Due] = []
        self._serial = 0

    def due(self, task: TinyTask, seconds: float = 0.0, error: BaseException | None = None) -> Due:
        """An entry of the agenda, some seconds from now and after all others of that time."""
        self._serial += 1
        due = Due(self.now + seconds, self._serial, task, error)
        bisect.insort(self.agenda, due)
        return due

    def spawn(self, coro: Coroutine[Any, Any, Any]) -> TinyTask:
        """A new task for `coro`."""
        return TinyTask(self, coro)

    def run(self) -> None:
        """Drive the tasks until all are done."""
        while self.agenda:
            due = self.agenda.pop(0)
            self.now = due.when
            due.task.go_on(due.error)


async def tiny_sleep(seconds: float) -> None:
    """Sleep for `seconds` of the loop's time."""
    await suspend(("sleep", seconds))
