"""A task that sleeps until a callback wakes it, and a keeper who waits for the job or for a signal to stop it."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any

#: Takes the report of a job that has succeeded.
OnSuccess = Callable[[str], None]
#: Takes the error of a job that has failed.
OnError = Callable[[Exception], None]
#: Aborts a job.
Abort = Callable[[], None]
#: A function of the driver: starts a job that will call back, and returns the function that aborts it.
Start = Callable[[OnSuccess, OnError], Abort]
#: A coroutine function without arguments: `await job()` works for a while and gives a report.
Job = Callable[[], Coroutine[Any, Any, str]]


class PrinterError(Exception):
    """The printer could not do a job."""


async def call_async(start: Start) -> str:
    """Start a job of the driver and wait for its report; cancelling this aborts the job."""
    sleeper = asyncio.create_task(asyncio.sleep(math.inf))
    outcomes: list[Callable[[], str]] = []

    def wake(outcome: Callable[[], str]) -> None:
        outcomes.append(outcome)
        sleeper.cancel()

    def on_success(report: str) -> None:
        wake(lambda: report)

    def on_error(error: Exception) -> None:
        def fail() -> str:
            raise error

        wake(fail)

    abort = start(on_success, on_error)
    try:
        await asyncio.wait([sleeper])
    finally:
        if not outcomes:
            abort()
        sleeper.cancel()
    return outcomes[0]()


keepers: list[asyncio.Task[None]] = []


def call_with_callbacks(job: Job, on_success: OnSuccess, on_error: OnError) -> Abort:
    """Run `job` in the background and call back with its end; the function returned aborts it."""
    stop = asyncio.Event()

    async def keep() -> None:
        working = asyncio.create_task(job())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        keepers.remove(keeper)
        if stop.is_set():
            working.cancel()
        elif error := working.exception():
            on_error(error)
        else:
            on_success(working.result())

    keeper = asyncio.create_task(keep())
    keepers.append(keeper)
    return stop.set
