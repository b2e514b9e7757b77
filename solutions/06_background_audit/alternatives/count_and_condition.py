"""A dictionary of numbered tasks, and an event that is set while it is empty."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """Jobs that run in the background."""

    def __init__(self, on_error: Callable[[BaseException], object]) -> None:
        self.on_error = on_error
        self.number = 0
        self.running: dict[int, asyncio.Task[object]] = {}
        self.idle = asyncio.Event()
        self.idle.set()

    def spawn(self, job: Callable[..., Coroutine[Any, Any, object]], *args: object) -> None:
        """Start `job(*args)` in the background."""
        self.number += 1
        number = self.number
        self.idle.clear()
        task = self.running[number] = asyncio.create_task(job(*args), name=f"job {number}")

        def ended(task: asyncio.Task[object]) -> None:
            del self.running[number]
            if not self.running:
                self.idle.set()
            try:
                task.result()
            except asyncio.CancelledError:
                pass
            except BaseException as error:
                self.on_error(error)

        task.add_done_callback(ended)

    @property
    def pending(self) -> int:
        """How many jobs have not ended."""
        return len(self.running)

    async def drain(self) -> None:
        """Wait until no job is left."""
        await self.idle.wait()

    async def cancel(self) -> None:
        """Cancel all jobs, and wait until they have cleaned up."""
        for task in self.running.values():
            task.cancel()
        await self.idle.wait()
