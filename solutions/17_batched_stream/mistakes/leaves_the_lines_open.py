"""cancellation: cancels its request but never closes the lines, which stay open while no request runs."""

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


async def batched(lines: AsyncGenerator[str, None], size: int, max_wait: float) -> AsyncGenerator[list[str], None]:
    """The lines in batches: each has `size` lines, or is given `max_wait` seconds after its first line."""
    loop = asyncio.get_running_loop()
    batch: list[str] = []
    due: float | None = None
    coming = asyncio.ensure_future(anext(lines))
    try:
        while True:
            done, _ = await asyncio.wait([coming], timeout=None if due is None else due - loop.time())
            if done:
                if coming.exception() is not None:
                    break
                batch.append(coming.result())
                coming = asyncio.ensure_future(anext(lines))
                if len(batch) == 1:
                    due = loop.time() + max_wait
            if not done or len(batch) == size:
                yield batch
                batch, due = [], None
        if batch:
            yield batch
        if not isinstance(error := coming.exception(), StopAsyncIteration):
            raise error
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


async def save_all(log: Log, insert: Callable[[list[str]], Awaitable[None]], size: int, max_wait: float) -> None:
    """Insert the lines of `log` batch by batch; whatever happens, close the batches at the end."""
    async with aclosing(batched(follow(log), size, max_wait)) as batches:
        async for batch in batches:
            await insert(batch)
