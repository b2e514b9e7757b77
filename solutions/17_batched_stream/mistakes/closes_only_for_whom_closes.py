"""cancellation: closes the lines when it is closed itself, but leaves them open when its consumer is cancelled."""

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
    batch: list[str] = []
    deadline = None
    next_line = None
    try:
        while True:
            if next_line is None:
                next_line = asyncio.ensure_future(anext(lines))
            loop = asyncio.get_running_loop()
            left = None if deadline is None else max(0, deadline - loop.time())
            await asyncio.wait([next_line], timeout=left)
            if next_line.done():
                try:
                    line = next_line.result()
                except StopAsyncIteration:
                    break
                next_line = None
                batch.append(line)
                if len(batch) == 1:
                    deadline = loop.time() + max_wait
            if len(batch) == size or (deadline is not None and loop.time() >= deadline):
                full, batch, deadline = batch, [], None
                yield full
        if batch:
            yield batch
    except GeneratorExit:
        if next_line is not None:
            next_line.cancel()
            await asyncio.wait([next_line])
        await lines.aclose()
        raise
    except Exception:
        if batch:
            yield batch
        await lines.aclose()
        raise


async def save_all(log: Log, insert: Callable[[list[str]], Awaitable[None]], size: int, max_wait: float) -> None:
    """Insert the lines of `log` batch by batch; whatever happens, close the batches at the end."""
    async with aclosing(batched(follow(log), size, max_wait)) as batches:
        async for batch in batches:
            await insert(batch)
