"""cancellation: aborts the job where the cancellation is caught, and once more where the call is left."""

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
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def settle(report: str | None, error: Exception | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(report)
        else:
            future.set_exception(error)

    abort = start(lambda report: settle(report, None), lambda error: settle(None, error))
    future.add_done_callback(lambda future: abort() if future.cancelled() else None)
    try:
        return await future
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
