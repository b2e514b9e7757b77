"""Tasks by number, and a future for each caller of `drain` that the last job fulfils."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """Jobs that run in the background."""

    def __init__(self, on_error: Callable[[BaseException], object]) -> None:
        self._on_error = on_error
        self._numbers = itertools.count()
        self._jobs: dict[int, asyncio.Task[object]] = {}
        self._waiting: list[asyncio.Future[None]] = []

    def spawn(self, job: Callable[..., Coroutine[Any, Any, object]], *args: object) -> None:
        """Start `job(*args)` in the background."""
        number = next(self._numbers)
        self._jobs[number] = asyncio.ensure_future(job(*args))
        self._jobs[number].add_done_callback(lambda task: self._ended(number))

    def _ended(self, number: int) -> None:
        task = self._jobs.pop(number)
        if not self._jobs:
            for future in self._waiting:
                if not future.done():
                    future.set_result(None)
            self._waiting.clear()
        if not task.cancelled() and (error := task.exception()):
            self._on_error(error)

    @property
    def pending(self) -> int:
        """How many jobs have not ended."""
        return len(self._jobs)

    async def drain(self) -> None:
        """Wait until no job is left."""
        while self._jobs:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future

    async def cancel(self) -> None:
        """Cancel all jobs, and wait until they have cleaned up."""
        for task in self._jobs.values():
            task.cancel()
        await self.drain()
