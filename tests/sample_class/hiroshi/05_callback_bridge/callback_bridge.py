"""From callbacks to await: adapters between a driver with callbacks and code that awaits."""

import asyncio
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
    # TODO: give what the driver calls back with; and below, call back with what the job gives.
    start(print, print)
    return ""


def call_with_callbacks(job: Job, on_success: OnSuccess, on_error: OnError) -> Abort:
    """Run `job` in the background and call back with its end; the function returned aborts it."""
    asyncio.create_task(job())
    return lambda: None
