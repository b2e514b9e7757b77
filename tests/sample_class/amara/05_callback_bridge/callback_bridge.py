"""A Future joins both worlds: callbacks fill it in, coroutines await it."""

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
_running: set[asyncio.Task[None]] = set()


class PrinterError(Exception):
    """The printer could not do a job."""


async def call_async(start: Start) -> str:
    """Start a job of the driver and wait for its report; cancelling this aborts the job."""
    report: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def on_success(value: str) -> None:
        if not report.done():
            report.set_result(value)

    def on_error(error: Exception) -> None:
        if not report.done():
            report.set_exception(error)

    abort = start(on_success, on_error)
    try:
        return await report
    except asyncio.CancelledError:
        abort()
        raise


def call_with_callbacks(job: Job, on_success: OnSuccess, on_error: OnError) -> Abort:
    """Run `job` in the background and call back with its end; the function returned aborts it."""

    async def run() -> None:
        try:
            report = await job()
        except Exception as error:
            on_error(error)
        else:
            on_success(report)

    task = asyncio.create_task(run())
    _running.add(task)
    task.add_done_callback(_running.discard)

    def abort() -> None:
        task.cancel()

    return abort
