"""Futures in both directions: the job is a task, and its done-callback reports."""

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
#: The event loop holds tasks weakly, so the running ones are kept here.
_running: set[asyncio.Task[str]] = set()


class PrinterError(Exception):
    """The printer could not do a job."""


async def call_async(start: Start) -> str:
    """Start a job of the driver and wait for its report; cancelling this aborts the job."""
    report: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    abort = start(
        lambda value: None if report.done() else report.set_result(value),
        lambda error: None if report.done() else report.set_exception(error),
    )
    report.add_done_callback(lambda report: abort() if report.cancelled() else None)
    return await report


def call_with_callbacks(job: Job, on_success: OnSuccess, on_error: OnError) -> Abort:
    """Run `job` in the background and call back with its end; the function returned aborts it."""

    def report(task: asyncio.Task[str]) -> None:
        _running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, Exception):
            on_error(error)
        elif error is None:
            on_success(task.result())

    task = asyncio.create_task(job())
    _running.add(task)
    task.add_done_callback(report)
    return task.cancel
