"""correctness: remembers its tasks by job and arguments, so that a job that is spawned twice counts once."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """Jobs that run in the background."""

    def __init__(self, on_error: Callable[[BaseException], object]) -> None:
        self._on_error = on_error
        self._tasks: dict[tuple[object, ...], asyncio.Task[object]] = {}

    def spawn(self, job: Callable[..., Coroutine[Any, Any, object]], *args: object) -> None:
        """Start `job(*args)` in the background."""
        self._tasks[job, *args] = task = asyncio.create_task(job(*args))
        task.add_done_callback(self._ended)

    def _ended(self, ended: asyncio.Task[object]) -> None:
        self._tasks = {key: task for key, task in self._tasks.items() if task is not ended}
        if not ended.cancelled() and (error := ended.exception()):
            self._on_error(error)

    @property
    def pending(self) -> int:
        """How many jobs have not ended."""
        return len(self._tasks)

    async def drain(self) -> None:
        """Wait until no job is left."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())

    async def cancel(self) -> None:
        """Cancel all jobs, and wait until they have cleaned up."""
        for task in self._tasks.values():
            task.cancel()
        await self.drain()
