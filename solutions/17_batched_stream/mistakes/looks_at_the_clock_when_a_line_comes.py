"""concurrency: checks the time only when a line comes, so that a batch waits through the silence after it."""

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
    batch = []
    due = None
    failure = None
    try:
        while True:
            try:
                line = await anext(lines)
            except StopAsyncIteration:
                break
            except Exception as error:
                failure = error
                break
            if batch and loop.time() >= due:
                yield batch
                batch = []
            if not batch:
                due = loop.time() + max_wait
            batch.append(line)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch
        if failure is not None:
            raise failure
    finally:
        await lines.aclose()


async def save_all(log: Log, insert: Callable[[list[str]], Awaitable[None]], size: int, max_wait: float) -> None:
    """Insert the lines of `log` batch by batch; whatever happens, close the batches at the end."""
    async with aclosing(batched(follow(log), size, max_wait)) as batches:
        async for batch in batches:
            await insert(batch)
