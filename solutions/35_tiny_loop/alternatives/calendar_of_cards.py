"""A calendar of cards, a page for each time; a torn card is taken out, and an empty page with it."""

import types
from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from typing import Any


class Cancelled(BaseException):
    """Raised in a coroutine whose task is cancelled."""


@types.coroutine
def suspend(request: Any) -> Generator[Any, Any, Any]:
    """Awaited, it stops the coroutine: `send` and `throw` return `request` to whoever drives it."""
    return (yield request)


@dataclass
class Sleep:
    """The request of a coroutine that wants to sleep."""

    seconds: float


@dataclass(eq=False)
class Card:
    """Says which task goes on, and with which error, if any."""

    task: "TinyTask"
    error: BaseException | None = None


class TinyTask:
    """A coroutine that a `TinyLoop` drives."""

    def __init__(self, loop: "TinyLoop", coro: Coroutine[Any, Any, Any]) -> None:
        self._loop = loop
        self._coro = coro
        self._pile: list[Card] = []
        self._ending: list[Any] = []
        self._error: BaseException | None = None
        #: Where this task's own card lies: on a page of the calendar, or on the pile of a task that it joins.
        self._card = Card(self)
        self._lies_on: list[Card] | None = None

    def done(self) -> bool:
        """Whether the coroutine has ended."""
        return bool(self._ending) or self._error is not None

    def result(self) -> Any:
        """What the coroutine returned; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._ending[0]

    def cancel(self) -> None:
        """Raise `Cancelled` in the coroutine, where it waits."""
        if self._lies_on is None:
            return
        self._lies_on.remove(self._card)
        self._card = Card(self, Cancelled())
        self._loop._lay(self._card, self._loop.now)

    def __await__(self) -> Generator[Any, Any, Any]:
        """Join the task: wait for its end, then give its result."""
        while not self.done():
            yield self
        return self.result()

    def _go_on(self, error: BaseException | None) -> None:
        """Drive the coroutine up to its next request, and lay its card where that says."""
        self._lies_on = None
        try:
            request = self._coro.send(None) if error is None else self._coro.throw(error)
        except StopIteration as end:
            self._ending.append(end.value)
        except BaseException as failure:
            self._error = failure
        else:
            self._card = Card(self)
            match request:
                case Sleep(seconds):
                    self._loop._lay(self._card, self._loop.now + seconds)
                case TinyTask() as joined:
                    joined._pile.append(self._card)
                    self._lies_on = joined._pile
            return
        for card in self._pile:
            self._loop._lay(card, self._loop.now)


class TinyLoop:
    """Drives coroutines in virtual time."""

    def __init__(self) -> None:
        self.now = 0.0
        self._calendar: dict[float, list[Card]] = {}

    def spawn(self, coro: Coroutine[Any, Any, Any]) -> TinyTask:
        """A new task for `coro`."""
        task = TinyTask(self, coro)
        self._lay(task._card, self.now)
        return task

    def _lay(self, card: Card, when: float) -> None:
        """Lay a card on the page of a time."""
        page = self._calendar.setdefault(when, [])
        page.append(card)
        card.task._lies_on = page

    def run(self) -> None:
        """Drive the tasks until all are done."""
        while self._calendar:
            when = min(self._calendar)
            page = self._calendar[when]
            if not page:
                del self._calendar[when]
                continue
            self.now = when
            card = page.pop(0)
            card.task._go_on(card.error)


async def tiny_sleep(seconds: float) -> None:
    """Sleep for `seconds` of the loop's time."""
    await suspend(Sleep(seconds))
