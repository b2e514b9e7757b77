"""No task reads: the callback of each line that comes asks for the next, as long as the batch has room."""

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


class Collector:
    """The batch that is being made."""

    def __init__(self, lines: AsyncGenerator[str, None], size: int, max_wait: float) -> None:
        self._lines, self._size, self._max_wait = lines, size, max_wait
        self._loop = asyncio.get_running_loop()
        self._batch: list[str] = []
        self._due: asyncio.TimerHandle | None = None
        self._asked: asyncio.Future[str] | None = None
        self._ready = asyncio.Event()
        self._closed = False
        self.ending: BaseException | None = None
        self._ask()

    def _ask(self) -> None:
        if self._asked or self.ending or self._closed:
            return
        if len(self._batch) < self._size:
            self._asked = asyncio.ensure_future(anext(self._lines))
            self._asked.add_done_callback(self._came)

    def _came(self, asked: asyncio.Future[str]) -> None:
        self._asked = None
        if asked.cancelled():
            return
        self.ending = asked.exception()
        if self.ending is None:
            if not self._batch:
                self._due = self._loop.call_later(self._max_wait, self._ready.set)
            self._batch.append(asked.result())
        if self.ending is not None or len(self._batch) == self._size:
            self._ready.set()
        self._ask()

    async def give(self) -> list[str]:
        """The next batch when its moment has come; an empty one is the end."""
        if self.ending is None:
            await self._ready.wait()
        self._ready.clear()
        if self._due is not None:
            self._due.cancel()
        batch, self._batch = self._batch, []
        self._ask()
        return batch

    async def close(self) -> None:
        """Ask for no more lines, and close them."""
        self._closed = True
        if self._asked is not None:
            self._asked.cancel()
            await asyncio.wait([self._asked])
        await self._lines.aclose()


async def batched(lines: AsyncGenerator[str, None], size: int, max_wait: float) -> AsyncGenerator[list[str], None]:
    """The lines in batches: each has `size` lines, or is given `max_wait` seconds after its first line."""
    collector = Collector(lines, size, max_wait)
    try:
        while batch := await collector.give():
            yield batch
        if collector.ending is not None and not isinstance(collector.ending, StopAsyncIteration):
            raise collector.ending
    finally:
        await collector.close()


async def save_all(log: Log, insert: Callable[[list[str]], Awaitable[None]], size: int, max_wait: float) -> None:
    """Insert the lines of `log` batch by batch; whatever happens, close the batches at the end."""
    async with aclosing(batched(follow(log), size, max_wait)) as batches:
        async for batch in batches:
            await insert(batch)
