"""A coroutine around each job, which takes its own task out of the set."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """Jobs that run in the background."""

    def __init__(self, on_error: Callable[[BaseException], object]) -> None:
        self._on_error = on_error
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, job: Callable[..., Coroutine[Any, Any, object]], *args: object) -> None:
        """Start `job(*args)` in the background."""
        self._tasks.add(asyncio.create_task(self._look_after(job(*args))))

    async def _look_after(self, coro: Coroutine[Any, Any, object]) -> None:
        try:
            await coro
        except Exception as error:
            self._on_error(error)
        finally:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.discard(task)

    @property
    def pending(self) -> int:
        """How many jobs have not ended."""
        return len(self._tasks)

    async def drain(self) -> None:
        """Wait until no job is left."""
        while self._tasks:
            await asyncio.wait(list(self._tasks), return_when=asyncio.FIRST_COMPLETED)

    async def cancel(self) -> None:
        """Cancel all jobs, and wait until they have cleaned up."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # A task that was cancelled before it began never came to take itself out.
        self._tasks.difference_update(tasks)
