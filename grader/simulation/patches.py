"""The clocks, locks and threads of the process, while a simulated machine runs in it.

Only simulated threads see the difference: any other thread of the process gets the real thing. Everything
is put back when the machine stops.
"""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import math
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from grader.simulation import asyncio_fixes, dates
from grader.simulation.holding import Locked
from grader.simulation.turns import tick

if TYPE_CHECKING:
    from grader.simulation.machine import Machine

T = TypeVar("T")

#: Wall-clock time at virtual time 0: 1 January 2030, noon, UTC. Far from today on purpose.
EPOCH = 1893499200.0

_machines: list[Machine] = []

_real_sleep = time.sleep
_TurnQueue = queue._PySimpleQueue  # type: ignore[attr-defined]
_real_lock = _thread.allocate_lock
_real_join = threading.Thread.join
_real_is_alive = threading.Thread.is_alive


def _machine() -> Machine | None:
    """The machine that the calling thread belongs to."""
    for machine in reversed(_machines):
        if machine.turns.holds_this_thread:
            return machine
    return None


def simulated() -> bool:
    """Whether the calling thread belongs to a machine that runs."""
    return _machine() is not None


def on_event_loop() -> bool:
    """Whether an event loop is running in the calling thread, so that waiting here blocks it."""
    return asyncio._get_running_loop() is not None


def _sleep(seconds: float) -> None:
    machine = _machine()
    if machine is None:
        _real_sleep(seconds)
    else:
        machine.sleep(seconds, on_loop=on_event_loop())


def _clock(real: Callable[[], T], convert: Callable[[float], T]) -> Callable[[], T]:
    """`real`, following the machine's clock in simulated threads."""

    def simulated() -> T:
        machine = _machine()
        return real() if machine is None else convert(machine.now)

    simulated.__name__ = simulated.__qualname__ = getattr(real, "__name__", "clock")
    return simulated


class Lock:
    """`threading.Lock` for threads that take turns; other threads of the process get a real one."""

    def __new__(cls) -> Lock:
        return object.__new__(cls) if _machine() is not None else _real_lock()  # type: ignore[return-value]

    def __init__(self) -> None:
        # Threads that have been let go into real time may still meet here.
        self._state = _real_lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if timeout < 0 and timeout != -1:
            raise ValueError("timeout value must be a non-negative number")
        if self._state.acquire(False):
            return True
        if not blocking:
            return False
        end = None if timeout == -1 else time.monotonic() + timeout
        while True:
            left = None if end is None else max(0.0, end - time.monotonic())
            if not wait_until(lambda: not self._state.locked(), left):
                return False
            if self._state.acquire(False):
                return True

    def release(self) -> None:
        self._state.release()

    def locked(self) -> bool:
        return self._state.locked()

    def _at_fork_reinit(self) -> None:
        self._state = _real_lock()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exc: object) -> None:
        self.release()

    def __repr__(self) -> str:
        return f"<{'locked' if self.locked() else 'unlocked'} simulated lock>"


def wait_until(ready: Callable[[], bool], timeout: float | None = None) -> bool:
    """Wait until `ready()` on the calling thread, at most `timeout` virtual seconds."""
    machine = _machine()
    if machine is not None:
        deadline = None if timeout is None or timeout == math.inf else tick(machine.now + timeout, machine.now)
        return machine.wait_blocking(ready, deadline, on_loop=on_event_loop())
    started = time.monotonic()
    while not ready():
        if timeout is not None and time.monotonic() - started >= timeout:
            return False
        _real_sleep(0.001)
    return True


def _join(thread: threading.Thread, timeout: float | None = None) -> None:
    machine = _machine()
    if machine is None or thread is threading.current_thread() or not _took_part(machine, thread):
        _real_join(thread, timeout)
    elif wait_until(lambda: thread not in machine.turns.unfinished, timeout):
        # It only has to return; a timeout would make what follows depend on real time.
        _real_join(thread)


def _is_alive(thread: threading.Thread) -> bool:
    machine = _machine()
    if machine is None or not _took_part(machine, thread):
        return _real_is_alive(thread)
    return thread in machine.turns.unfinished


def _took_part(machine: Machine, thread: threading.Thread) -> bool:
    return thread in machine.turns.unfinished or thread in machine.turns.finished


_STARTER = "_start_joinable_thread" if sys.version_info >= (3, 13) else "_start_new_thread"
_real_start = getattr(threading, _STARTER)


def _start(function: Callable[[], None], *args: object, **kwargs: object) -> object:
    machine = _machine()
    thread = getattr(function, "__self__", None)
    if machine is not None and isinstance(thread, threading.Thread):
        function = machine.turns.adopt(thread, function)
        if "daemon" in kwargs:
            # The interpreter must not wait at its exit for what only virtual time can end; see `_at_exit`.
            kwargs["daemon"] = True
    return _real_start(function, *args, **kwargs)


_real_adjust_thread_count = ThreadPoolExecutor._adjust_thread_count


def _adjust_thread_count(pool: ThreadPoolExecutor) -> None:
    """Give a pool that was made before the machine ran a queue in which its threads can take turns."""
    if simulated() and not pool._threads and not isinstance(pool._work_queue, _TurnQueue):
        items, pool._work_queue = pool._work_queue, _TurnQueue()
        while not items.empty():
            pool._work_queue.put(items.get())
        pool._idle_semaphore = threading.Semaphore(0)
        pool._shutdown_lock = threading.Lock()
    _real_adjust_thread_count(pool)


#: (module, name) where a library imports a clock by its name, which it may have done before any machine ran.
_CLOCKS_BY_NAME = [("aiohttp.connector", "monotonic")]


def _simulated_clocks() -> dict[str, Callable[[], float]]:
    clocks: dict[str, Callable[[], float]] = {}
    for name, offset in (("time", EPOCH), ("monotonic", 0.0), ("perf_counter", 0.0)):
        clocks[name] = _clock(getattr(time, name), lambda now, offset=offset: now + offset)  # type: ignore[misc]
        clocks[f"{name}_ns"] = _clock(
            getattr(time, f"{name}_ns"),
            lambda now, offset=offset: round((now + offset) * 1e9),  # type: ignore[misc]
        )
    return clocks


_CLOCKS = _simulated_clocks()
_REPLACEMENTS: list[tuple[object, str, object]] = [
    *((time, name, clock) for name, clock in _CLOCKS.items()),
    (time, "sleep", _sleep),
    *dates.replacements(),
    (threading, "_time", _CLOCKS["monotonic"]),
    (threading, "_allocate_lock", Lock),
    (threading, "Lock", Lock),
    (threading, "RLock", threading._PyRLock),  # type: ignore[attr-defined]
    (threading, _STARTER, _start),
    (threading.Thread, "join", _join),
    (threading.Thread, "is_alive", _is_alive),
    (queue, "time", _CLOCKS["monotonic"]),
    (queue, "SimpleQueue", _TurnQueue),
    (ThreadPoolExecutor, "_adjust_thread_count", _adjust_thread_count),
    (asyncio.Lock, "_locked", Locked()),
    *asyncio_fixes.replacements(),
]
#: What stands for an original where there is none.
_NOTHING = object()
_replaced: list[tuple[object, str, object]] = []


@contextlib.contextmanager
def installed(machine: Machine) -> Iterator[None]:
    """Install the machine's clocks, locks and threads in this process for as long as it runs."""
    if not _machines:
        by_name = [(sys.modules.get(module), name, _CLOCKS[name]) for module, name in _CLOCKS_BY_NAME]
        for owner, name, replacement in [*_REPLACEMENTS, *by_name]:
            if owner is not None:
                _replaced.append((owner, name, getattr(owner, name, _NOTHING)))
                setattr(owner, name, replacement)
    _machines.append(machine)
    try:
        yield
    finally:
        _machines.remove(machine)
        if not _machines:
            while _replaced:
                owner, name, original = _replaced.pop()
                if original is _NOTHING:
                    delattr(owner, name)
                else:
                    setattr(owner, name, original)


__all__ = ["EPOCH", "Lock", "installed", "on_event_loop", "simulated", "wait_until"]
