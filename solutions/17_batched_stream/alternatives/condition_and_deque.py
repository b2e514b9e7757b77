"""A reader fills a shared buffer under a condition, and stops at `size` lines; the batches are cut from it."""

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
    buffer: list[str] = []
    changed = asyncio.Condition()
    since = 0.0
    ended = False

    async def read() -> None:
        nonlocal ended, since
        try:
            async for line in lines:
                async with changed:
                    await changed.wait_for(lambda: len(buffer) < size)
                    if not buffer:
                        since = loop.time()
                    buffer.append(line)
                    changed.notify_all()
        finally:
            ended = True
            async with changed:
                changed.notify_all()

    reader = asyncio.create_task(read())
    try:
        while True:
            async with changed:
                await changed.wait_for(lambda: buffer or ended)
                try:
                    async with asyncio.timeout_at(since + max_wait):
                        await changed.wait_for(lambda: len(buffer) == size or ended)
                except TimeoutError:
                    pass
                batch = buffer.copy()
                buffer.clear()
                changed.notify_all()
            if not batch:
                break
            yield batch
        await reader
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        await lines.aclose()


async def save_all(log: Log, insert: Callable[[list[str]], Awaitable[None]], size: int, max_wait: float) -> None:
    """Insert the lines of `log` batch by batch; whatever happens, close the batches at the end."""
    async with aclosing(batched(follow(log), size, max_wait)) as batches:
        async for batch in batches:
            await insert(batch)
