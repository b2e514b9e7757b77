"""A class with `__await__` that takes the callbacks, and done callbacks on tasks that the module keeps."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
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


class Call:
    """A job of the driver that is under way; awaiting it gives the report."""

    def __init__(self) -> None:
        self.wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ends: list[tuple[str | None, Exception | None]] = []

    def on_success(self, report: str) -> None:
        self.over(report, None)

    def on_error(self, error: Exception) -> None:
        self.over(None, error)

    def over(self, report: str | None, error: Exception | None) -> None:
        self.ends.append((report, error))
        if not self.wake.done():
            self.wake.set_result(None)

    def __await__(self) -> Generator[Any, None, str]:
        yield from self.wake
        report, error = self.ends[0]
        if error is not None:
            raise error
        return report


async def call_async(start: Start) -> str:
    """Start a job of the driver and wait for its report; cancelling this aborts the job."""
    call = Call()
    abort = start(call.on_success, call.on_error)
    try:
        return await call
    except asyncio.CancelledError:
        if not call.ends:
            abort()
        raise


jobs: set[asyncio.Task[str]] = set()


def call_with_callbacks(job: Job, on_success: OnSuccess, on_error: OnError) -> Abort:
    """Run `job` in the background and call back with its end; the function returned aborts it."""

    def over(task: asyncio.Task[str]) -> None:
        jobs.remove(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            on_success(task.result())
        else:
            on_error(error)

    task = asyncio.get_running_loop().create_task(job())
    jobs.add(task)
    task.add_done_callback(over)
    return task.cancel
