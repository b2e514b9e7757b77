"""The default executor of a simulated loop: a few threads, taking turns."""

from __future__ import annotations

import concurrent.futures
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from grader.simulation import patches

P = ParamSpec("P")
T = TypeVar("T")

#: As `ThreadPoolExecutor` has on a machine with 28 cores; fixed, so that no result depends on the machine.
MOST_THREADS = 32


class TurnExecutor(concurrent.futures.Executor):
    """Runs jobs in threads that end when no job waits: none is left to be joined at exit."""

    def __init__(self, most_threads: int = MOST_THREADS) -> None:
        self._most_threads = most_threads
        self._running = 0
        self._waiting: deque[tuple[concurrent.futures.Future[Any], Callable[[], None]]] = deque()
        self._closed = False

    @property
    def idle(self) -> bool:
        """Whether no job is running or waiting."""
        return self._running == 0 and not self._waiting

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> concurrent.futures.Future[T]:
        if self._closed:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: concurrent.futures.Future[T] = concurrent.futures.Future()

        def job() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    result = fn(*args, **kwargs)
                except BaseException as exc:
                    future.set_exception(exc)
                else:
                    future.set_result(result)

        self._waiting.append((future, job))
        self._start_next()
        return future

    def start_waiting(self) -> None:
        """Start the jobs that were submitted while the machine stood still: now there is time for them."""
        while self._waiting and self._running < self._most_threads:
            self._start_next()

    def _start_next(self) -> None:
        if self._waiting and patches.simulated() and self._running < self._most_threads:
            self._running += 1
            _, job = self._waiting.popleft()
            threading.Thread(target=self._work, args=(job,), daemon=True, name=f"asyncio_{self._running - 1}").start()

    def _work(self, job: Callable[[], None]) -> None:
        try:
            job()
            # The thread goes on with what waits: one that ends still counts in the limits of the process, so
            # that another in its place might be one too many.
            while self._waiting and patches.simulated():
                _, job = self._waiting.popleft()
                job()
        finally:
            self._running -= 1

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._closed = True
        if cancel_futures:
            while self._waiting:
                self._waiting.popleft()[0].cancel()
        if wait:
            patches.wait_until(lambda: self._running == 0 and not self._waiting)
