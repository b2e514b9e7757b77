"""Background audit: start jobs in the background, and lose none."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """Jobs that run in the background."""

    def __init__(self, on_error: Callable[[BaseException], object]) -> None:
        self._on_error = on_error
        self._count = 0

    def spawn(self, job: Callable[..., Coroutine[Any, Any, object]], *args: object) -> None:
        """Start `job(*args)` in the background."""
        # TODO: remember the jobs until they end, hear of their errors, wait for them and cancel them.
        self._count += 1
        asyncio.create_task(job(*args))

    @property
    def pending(self) -> int:
        """How many jobs have not ended."""
        return self._count

    async def drain(self) -> None:
        """Wait until no job is left."""

    async def cancel(self) -> None:
        """Cancel all jobs, and wait until they have cleaned up."""
