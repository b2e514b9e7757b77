"""One simulated machine: a clock, a network, programs, and threads that take turns."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from grader.simulation import patches, waiting
from grader.simulation.errors import Deadlock, Livelock
from grader.simulation.network import Network
from grader.simulation.programs import Programs
from grader.simulation.turns import Turns, never, tick

if TYPE_CHECKING:
    from grader.simulation.loop import SimulatedLoop

#: Calls of `time.sleep(0)` at one instant before they count as a livelock.
MOST_NAPS_AT_ONE_INSTANT = 100_000

#: Called with the start and the end (virtual seconds) of a time in which an event loop stood still.
OnBlocked = Callable[[float, float], None]

#: Called with a task straight before its cancellation is requested.
OnCancel = Callable[["asyncio.Task[Any]"], None]


class Machine:
    """What the event loops and threads of one simulated world share.

    Alone, a machine moves its clock straight to the next timer and reports a deadlock when there is none.
    A machine that is one half of a larger world overrides `advance`.

    `seed` perturbs what asyncio leaves open: the order in which sets of tasks are iterated.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self.now = 0.0
        self.seed = seed
        self.turns = Turns(lambda: self.now, self.advance, lambda: self.describe_waiting())
        self.network = Network()
        self.programs = Programs()
        self.on_blocked: OnBlocked | None = None
        self.on_cancel: OnCancel | None = None
        self.loops: list[SimulatedLoop] = []
        self.describe_waiting: Callable[[], list[str]] = lambda: waiting.describe(self)
        self._serial = 0
        self._naps = 0
        self._napped_at = -1.0

    def advance(self, deadline: float | None) -> None:
        """Nobody can run before `deadline` (virtual seconds): move the clock there.

        Raises:
            Deadlock: there is no deadline either.
        """
        if deadline is None:
            raise Deadlock(
                f"Deadlock at {self.now:g} s: everything waits, and nothing is left that could wake it.",
                time=self.now,
                waiting=self.describe_waiting(),
            )
        self.now = deadline

    def sleep(self, seconds: float, *, on_loop: bool) -> None:
        """`time.sleep` on this machine; on an event loop's thread the loop stands still meanwhile."""
        if seconds < 0 or math.isnan(seconds):
            raise ValueError("sleep length must be non-negative")
        if math.isinf(seconds):
            raise OverflowError("timestamp too large to convert to C _PyTime_t")
        if seconds == 0:
            self._nap()
            return
        start = self.now
        self.turns.park(never, tick(start + seconds, start))
        if on_loop and self.on_blocked is not None and self.now > start:
            self.on_blocked(start, self.now)

    def _nap(self) -> None:
        """`time.sleep(0)` lets other threads run, and takes no time."""
        if self.now != self._napped_at:
            self._napped_at, self._naps = self.now, 0
        self._naps += 1
        if self._naps > MOST_NAPS_AT_ONE_INSTANT:
            self._naps = 0
            raise Livelock(
                f"Livelock at {self.now:g} s: time.sleep(0) was called {MOST_NAPS_AT_ONE_INSTANT:,} times "
                "without time moving on.",
                time=self.now,
                waiting=self.describe_waiting(),
            )
        self.turns.give_way()

    def wait_blocking(self, ready: Callable[[], bool], deadline: float | None = None, *, on_loop: bool) -> bool:
        """Wait on the calling thread; an event loop that does so stands still."""
        start = self.now
        result = self.turns.park(ready, deadline)
        if on_loop and self.on_blocked is not None and self.now > start:
            self.on_blocked(start, self.now)
        return result

    def next_serial(self) -> int:
        """A number for the next task or future: their hash, so that sets of them have one order."""
        self._serial += 1
        return self._serial ^ self.seed

    def forget(self, loop: SimulatedLoop) -> None:
        """A loop is closed; with the last one, threads that nothing in virtual time can wake are let go."""
        self.loops.remove(loop)
        if not self.loops and not self.turns.active:
            self.turns.release()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """While this holds, the process's clocks and threads are the machine's."""
        outermost = self.turns.enter()
        try:
            if outermost:
                with patches.installed(self):
                    yield
            else:
                yield
        finally:
            if outermost:
                self.turns.leave()
