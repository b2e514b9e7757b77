"""A class is the iterator; `call_later` marks a batch as due, and an event wakes whoever waits."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Protocol


class Log(Protocol):
    """A log that others write to; `async with log` opens and closes it."""

    async def __aenter__(self) -> object: ...

    async def __aexit__(self, *error: object) -> object: ...

    async def next_line(self) -> str | None:
        """The next line as soon as it is written; None at the end of the log."""


async def follow(log: Log) -> AsyncGenerator[str, None]:
    """The lines of `log`, one by one; closing this generator closes the log."""
    async with log:
        while (line := await log.next_line()) is not None:
            yield line


class Batches:
    """Iterates over the batches; a reader collects the next one in the background."""

    def __init__(self, lines: AsyncGenerator[str, None], size: int, max_wait: float) -> None:
        self._lines, self._size, self._max_wait = lines, size, max_wait
        self._reader: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._batch: list[str] = []
        self._ready = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def __aiter__(self) -> "Batches":
        return self

    async def __anext__(self) -> list[str]:
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())
            self._reader.add_done_callback(lambda reader: self._ready.set())
        try:
            await self._ready.wait()
        except asyncio.CancelledError:
            await self.aclose()
            raise
        if self._batch:
            batch, self._batch = self._batch, []
            if self._timer is not None:
                self._timer.cancel()
            self._room.set()
            if not self._reader.done():
                self._ready.clear()
            return batch
        await self._reader
        raise StopAsyncIteration

    async def _read(self) -> None:
        async for line in self._lines:
            await self._room.wait()
            if not self._batch:
                self._timer = asyncio.get_running_loop().call_later(self._max_wait, self._ready.set)
            self._batch.append(line)
            if len(self._batch) == self._size:
                self._room.clear()
                self._ready.set()

    async def aclose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        await self._lines.aclose()


def batched(lines: AsyncGenerator[str, None], size: int, max_wait: float) -> Batches:
    """The lines in batches: each has `size` lines, or is given `max_wait` seconds after its first line."""
    return Batches(lines, size, max_wait)


async def save_all(log: Log, insert: Callable[[list[str]], Awaitable[None]], size: int, max_wait: float) -> None:
    """Insert the lines of `log` batch by batch; whatever happens, close the batches at the end."""
    async with aclosing(batched(follow(log), size, max_wait)) as batches:
        async for batch in batches:
            await insert(batch)
