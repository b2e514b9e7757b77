"""One simulated machine: a clock, a network, programs, and threads that take turns."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator

from grader.simulation import patches
from grader.simulation.errors import Deadlock
from grader.simulation.network import Network
from grader.simulation.programs import Programs
from grader.simulation.turns import Turns, never

#: Called with the start and the end (virtual seconds) of a time in which an event loop stood still.
OnBlocked = Callable[[float, float], None]


class Machine:
    """What the event loops and threads of one simulated world share.

    Alone, a machine moves its clock straight to the next timer and reports a deadlock when there is none.
    A machine that is one half of a larger world overrides `advance`.

    `seed` perturbs what asyncio leaves open: the order in which sets of tasks are iterated.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self.now = 0.0
        self.seed = seed
        self.turns = Turns(lambda: self.now, self.advance)
        self.network = Network()
        self.programs = Programs()
        self.on_blocked: OnBlocked | None = None
        self.describe_waiting: Callable[[], list[str]] = list
        self._serial = 0

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
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        start = self.now
        self.turns.park(never, tick(start + seconds, start))
        if on_loop and self.on_blocked is not None and self.now > start:
            self.on_blocked(start, self.now)

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


def tick(when: float, now: float) -> float:
    """Round a deadline to whole nanoseconds, so that sums of floats meet; never back to `now`.

    Without the second rule, ``while loop.time() < t: await sleep(t - loop.time())`` could stand still.
    """
    if not math.isfinite(when):
        return when
    rounded = round(when, 9)
    if rounded <= now < when:
        return now + max(1e-9, 2 * math.ulp(now))
    return rounded
