"""correctness: remembers how many jobs there are, but not their tasks, so that a job can vanish while it waits."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """Jobs that run in the background."""

    def __init__(self, on_error: Callable[[BaseException], object]) -> None:
        self._on_error = on_error
        self._count = 0
        self._ends = asyncio.Event()
        self._stop = asyncio.Event()

    def spawn(self, job: Callable[..., Coroutine[Any, Any, object]], *args: object) -> None:
        """Start `job(*args)` in the background."""
        self._count += 1
        asyncio.create_task(self._run(job, args))

    async def _run(self, job: Callable[..., Coroutine[Any, Any, object]], args: tuple[object, ...]) -> None:
        try:
            await job(*args)
        except asyncio.CancelledError:
            pass
        except Exception as error:
            self._on_error(error)
        self._count -= 1
        self._ends.set()

    @property
    def pending(self) -> int:
        """How many jobs have not ended."""
        return self._count

    async def drain(self) -> None:
        """Wait until no job is left."""
        while self._count:
            self._ends.clear()
            await self._ends.wait()

    async def cancel(self) -> None:
        """Cancel all jobs, and wait until they have cleaned up."""
        for task in asyncio.all_tasks():
            if task.get_coro().__qualname__ == "Background._run":
                task.cancel()
        await self.drain()
