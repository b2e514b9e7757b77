"""concurrency: runs the jobs one after another, behind a lock."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """Jobs that run in the background."""

    def __init__(self, on_error: Callable[[BaseException], object]) -> None:
        self._on_error = on_error
        self._jobs: set[asyncio.Task[object]] = set()
        self._lock = asyncio.Lock()

    def spawn(self, job: Callable[..., Coroutine[Any, Any, object]], *args: object) -> None:
        """Start `job(*args)` in the background."""
        task = asyncio.create_task(self._alone(job(*args)))
        # The event loop alone would let go of a task that waits.
        self._jobs.add(task)
        task.add_done_callback(self._ended)

    async def _alone(self, coro: Coroutine[Any, Any, object]) -> None:
        async with self._lock:
            await coro

    def _ended(self, job: asyncio.Task[object]) -> None:
        self._jobs.discard(job)
        if not job.cancelled() and (error := job.exception()) is not None:
            self._on_error(error)

    @property
    def pending(self) -> int:
        """How many jobs have not ended."""
        return len(self._jobs)

    async def drain(self) -> None:
        """Wait until no job is left."""
        # Again and again: jobs may have spawned others meanwhile.
        while self._jobs:
            await asyncio.wait(self._jobs)

    async def cancel(self) -> None:
        """Cancel all jobs, and wait until they have cleaned up."""
        for job in list(self._jobs):
            job.cancel()
        await self.drain()
