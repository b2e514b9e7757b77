"""Threads that take turns: of all simulated threads, exactly one runs at any real moment.

A thread gives its turn away only where it waits: in a lock, a sleep, the `select()` of an event loop. So a
program with threads runs the same way each time, and a wait with a timeout costs no real time. The thread
that finds nobody able to run moves the world on (`advance`), whichever thread that is.
"""

from __future__ import annotations

import _thread
import math
import threading
import time
import weakref
from collections.abc import Callable

from grader.simulation.errors import Livelock

#: Turns of all threads at one instant before they count as a livelock.
MOST_TURNS_AT_ONE_INSTANT = 100_000

_real_sleep = time.sleep
_real_monotonic = time.monotonic
_real_lock = _thread.allocate_lock


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


def never() -> bool:
    """Not ready until the deadline."""
    return False


def always() -> bool:
    """Ready as soon as it is this thread's turn."""
    return True


class SimulatedThread:
    """One thread's place in the queue for the turn."""

    __slots__ = ("deadline", "fault", "ready", "released", "thread", "wake")

    def __init__(self, thread: threading.Thread | None = None) -> None:
        self.thread = thread
        self.released = False
        self.wake = _real_lock()
        self.wake.acquire()
        self.ready: Callable[[], bool] = always
        self.deadline: float | None = None
        self.fault: BaseException | None = None

    def runnable(self, now: float) -> bool:
        """Whether there is anything for this thread to do at `now` (virtual seconds)."""
        return self.fault is not None or self.ready() or (self.deadline is not None and self.deadline <= now)


class Turns:
    """The queue for the turn.

    `clock` gives the virtual time, and `describe` a line for each that waits. `advance(deadline)` is called
    when no thread can run before `deadline` (`None`: none can run at all) and must either move the clock,
    make a thread ready, or raise.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        advance: Callable[[float | None], None],
        describe: Callable[[], list[str]] = list,
    ) -> None:
        self._clock = clock
        self._advance = advance
        self._describe = describe
        self._handed_over = 0
        self._handed_over_at = -1.0
        self._threads: dict[int, SimulatedThread] = {}
        self._queue: list[SimulatedThread] = []
        self._owner: SimulatedThread | None = None
        self.unfinished: set[threading.Thread] = set()
        self.finished: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        _every_queue.add(self)

    @property
    def active(self) -> bool:
        """Whether somebody runs the simulation at this moment."""
        return self._owner is not None

    @property
    def holds_this_thread(self) -> bool:
        """Whether the calling thread is one of the simulated ones."""
        return self._owner is not None and _thread.get_ident() in self._threads

    def enter(self) -> bool:
        """Make the calling thread the owner of the simulation; False where it takes part already."""
        ident = _thread.get_ident()
        if self._owner is not None:
            if ident in self._threads:
                return False
            raise RuntimeError("this simulated machine already runs in another thread")
        self._owner = self._threads[ident] = SimulatedThread()
        self._queue.append(self._owner)
        return True

    def leave(self) -> None:
        """Stop the simulation. Threads that still wait stand still until it goes on, or `release`."""
        owner, self._owner = self._owner, None
        del self._threads[_thread.get_ident()]
        if owner is not None:
            self._queue.remove(owner)

    def release(self) -> None:
        """Let the threads that still wait go on in real time, so that none is stuck for ever."""
        queue, self._queue = self._queue, []
        for place in queue:
            place.released = True
            place.wake.release()

    @property
    def blocked(self) -> list[tuple[int, threading.Thread | None]]:
        """(identity, thread) of the threads that wait; None is the thread that runs the simulation."""
        places = {place: ident for ident, place in self._threads.items()}
        return [(places[place], place.thread) for place in self._queue if place in places]

    def park(self, ready: Callable[[], bool], deadline: float | None = None) -> bool:
        """Give the turn away until `ready()` holds or `deadline` (virtual seconds) is reached."""
        me = self._threads.get(_thread.get_ident())
        if me is None or me.released:
            return self._wait_for_real(ready, deadline)
        # A thread that answers the other side while it waits may wait anew; then its first wait goes on.
        before = me.ready, me.deadline
        me.ready, me.deadline = ready, deadline
        self._queue.remove(me)
        self._queue.append(me)
        while not me.runnable(self._clock()):
            self._hand_over(me)
            if me.released:
                return self._wait_for_real(ready, deadline)
        me.ready, me.deadline = before
        if me.fault is not None:
            fault, me.fault = me.fault, None
            raise fault
        return ready()

    def give_way(self) -> None:
        """Let every other thread that can run have its turn first."""
        if len(self._queue) > 1:
            me = self._threads.get(_thread.get_ident())
            now = self._clock()
            if me is not None and any(other.runnable(now) for other in self._queue if other is not me):
                me.ready = always
                self._queue.remove(me)
                self._queue.append(me)
                self._hand_over(me)

    def adopt(self, thread: threading.Thread, run: Callable[[], None]) -> Callable[[], None]:
        """Wrap `run` so that the new thread waits for its first turn, and passes the last one on."""
        place = SimulatedThread(thread)
        self._queue.append(place)
        self.unfinished.add(thread)

        def take_part() -> None:
            place.wake.acquire()
            self._threads[_thread.get_ident()] = place
            try:
                run()
            finally:
                del self._threads[_thread.get_ident()]
                self.unfinished.discard(thread)
                self.finished.add(thread)
                if not place.released:
                    self._queue.remove(place)
                    self._wake_next(self._next_runnable())

        return take_part

    def _next_runnable(self) -> SimulatedThread | None:
        """The first thread in the queue that can run, moving the world on until there is one."""
        while self._owner is not None:
            now = self._clock()
            for thread in self._queue:
                if thread.runnable(now):
                    return thread
            deadlines = [thread.deadline for thread in self._queue if thread.deadline is not None]
            try:
                self._advance(min(deadlines, default=None))
            except BaseException as fault:
                # The world's faults belong to whoever runs the simulation, whichever thread met them.
                self._owner.fault = fault
        return None

    def _wake_next(self, thread: SimulatedThread | None) -> None:
        if thread is not None:
            thread.wake.release()

    def _count_turn(self) -> None:
        """Threads that wake each other for ever would keep time from moving on."""
        now = self._clock()
        if now != self._handed_over_at:
            self._handed_over_at, self._handed_over = now, 0
        self._handed_over += 1
        if self._handed_over > MOST_TURNS_AT_ONE_INSTANT and self._owner is not None:
            self._handed_over = 0
            self._owner.fault = Livelock(
                f"Livelock at {now:g} s: threads took {MOST_TURNS_AT_ONE_INSTANT:,} turns without time moving on.",
                time=now,
                waiting=self._describe(),
            )

    def _hand_over(self, me: SimulatedThread) -> None:
        self._count_turn()
        thread = self._next_runnable()
        if thread is not me:
            self._wake_next(thread)
            me.wake.acquire()

    def _wait_for_real(self, ready: Callable[[], bool], deadline: float | None) -> bool:
        """Outside a simulation, a simulated lock still has to work: look again now and then."""
        give_up = None if deadline is None else _real_monotonic() + deadline - self._clock()
        pause = 0.0005
        while not ready():
            if give_up is not None and (_exiting or _real_monotonic() >= give_up):
                return False
            _real_sleep(pause)
            pause = min(pause * 2, 0.01)
        return True


_every_queue: weakref.WeakSet[Turns] = weakref.WeakSet()
_exiting = False
_shutdown_locks: set[object] = getattr(threading, "_shutdown_locks", set())


def _at_exit() -> None:
    """Let every thread end before the interpreter joins it; none needs to sleep to the end any more."""
    global _exiting
    _exiting = True
    for turns in list(_every_queue):
        turns.release()
        for thread in turns.unfinished:
            # Until Python 3.12, this is what makes a thread one that the interpreter waits for.
            _shutdown_locks.discard(getattr(thread, "_tstate_lock", None))


threading._register_atexit(_at_exit)  # type: ignore[attr-defined]
