"""concurrency: keeps the future in a variable of the module, where the next call replaces it."""

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


waiting: asyncio.Future[str] | None = None


def on_success(report: str) -> None:
    """The driver has printed."""
    if waiting is not None and not waiting.done():
        waiting.set_result(report)


def on_error(error: Exception) -> None:
    """The driver has failed."""
    if waiting is not None and not waiting.done():
        waiting.set_exception(error)


async def call_async(start: Start) -> str:
    """Start a job of the driver and wait for its report; cancelling this aborts the job."""
    global waiting
    mine = waiting = asyncio.get_running_loop().create_future()
    abort = start(on_success, on_error)
    try:
        return await mine
    except asyncio.CancelledError:
        abort()
        raise


jobs: set[asyncio.Task[None]] = set()


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
    jobs.add(task)
    task.add_done_callback(jobs.discard)
    return task.cancel
