"""A queue takes whatever the driver calls back with; only its first entry is read."""

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
_running: dict[int, asyncio.Task[None]] = {}


class PrinterError(Exception):
    """The printer could not do a job."""


async def call_async(start: Start) -> str:
    """Start a job of the driver and wait for its report; cancelling this aborts the job."""
    callbacks: asyncio.Queue[tuple[str, Exception | None]] = asyncio.Queue()
    abort = start(
        lambda report: callbacks.put_nowait((report, None)),
        lambda error: callbacks.put_nowait(("", error)),
    )
    try:
        report, error = await callbacks.get()
    except asyncio.CancelledError:
        abort()
        raise
    if error is not None:
        raise error
    return report


class _Running:
    """A job that runs, and whether anybody still wants to hear of it."""

    def __init__(self, job: Job, on_success: OnSuccess, on_error: OnError) -> None:
        self._on_success = on_success
        self._on_error = on_error
        self._task = asyncio.create_task(self._run(job))
        _running[id(self)] = self._task

    async def _run(self, job: Job) -> None:
        try:
            report = await job()
        except Exception as error:
            self._on_error(error)
        else:
            self._on_success(report)
        finally:
            del _running[id(self)]

    def abort(self) -> None:
        if not self._task.done():
            self._task.cancel()


def call_with_callbacks(job: Job, on_success: OnSuccess, on_error: OnError) -> Abort:
    """Run `job` in the background and call back with its end; the function returned aborts it."""
    return _Running(job, on_success, on_error).abort
