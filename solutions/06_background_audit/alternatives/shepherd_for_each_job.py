"""A second task for each job that watches it, reports its error, and strikes it off the list."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """Jobs that run in the background."""

    def __init__(self, on_error: Callable[[BaseException], object]) -> None:
        self._on_error = on_error
        self._flock: dict[asyncio.Task[object], asyncio.Task[None]] = {}

    def spawn(self, job: Callable[..., Coroutine[Any, Any, object]], *args: object) -> None:
        """Start `job(*args)` in the background."""
        task = asyncio.create_task(job(*args))
        self._flock[task] = asyncio.create_task(self._watch(task))

    async def _watch(self, task: asyncio.Task[object]) -> None:
        await asyncio.wait([task])
        if not task.cancelled() and task.exception() is not None:
            self._on_error(task.exception())
        del self._flock[task]

    @property
    def pending(self) -> int:
        """How many jobs have not ended."""
        return sum(not task.done() for task in self._flock)

    async def drain(self) -> None:
        """Wait until no job is left."""
        while self._flock:
            await asyncio.wait(list(self._flock.values()))

    async def cancel(self) -> None:
        """Cancel all jobs, and wait until they have cleaned up."""
        async with asyncio.TaskGroup() as group:
            for task in list(self._flock):
                task.cancel()
                group.create_task(asyncio.wait([task]))
