"""cancellation: waits for a second at most until the cancelled jobs have cleaned up."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """Jobs that run in the background."""

    def __init__(self, on_error: Callable[[BaseException], object]) -> None:
        self._on_error = on_error
        self._tasks: set[asyncio.Task[object]] = set()

    def spawn(self, job: Callable[..., Coroutine[Any, Any, object]], *args: object) -> None:
        """Start `job(*args)` in the background."""
        task = asyncio.create_task(job(*args))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._on_error(error)

    @property
    def pending(self) -> int:
        """How many jobs have not ended."""
        return len(self._tasks)

    async def drain(self) -> None:
        """Wait until no job is left."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def cancel(self) -> None:
        """Cancel all jobs, and wait until they have cleaned up."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        self._tasks.clear()
