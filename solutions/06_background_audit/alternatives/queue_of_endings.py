"""A list of tasks that is tidied when it is looked at, and shielded waits."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """Jobs that run in the background."""

    def __init__(self, on_error: Callable[[BaseException], object]) -> None:
        self._on_error = on_error
        self._tasks: list[asyncio.Task[object]] = []

    def spawn(self, job: Callable[..., Coroutine[Any, Any, object]], *args: object) -> None:
        """Start `job(*args)` in the background."""
        task = asyncio.get_running_loop().create_task(job(*args))
        task.add_done_callback(self._report)
        self._tasks.append(task)

    def _report(self, task: asyncio.Task[object]) -> None:
        self._tasks.remove(task)
        error = None if task.cancelled() else task.exception()
        if error:
            self._on_error(error)

    @property
    def pending(self) -> int:
        """How many jobs have not ended."""
        return sum(not task.done() for task in self._tasks)

    async def drain(self) -> None:
        """Wait until no job is left."""
        while self._tasks:
            everything = asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.shield(everything)

    async def cancel(self) -> None:
        """Cancel all jobs, and wait until they have cleaned up."""
        for task in self._tasks:
            task.cancel()
        while self._tasks:
            await asyncio.wait([self._tasks[0]])
