"""A pump puts lines and, last, how they ended into a queue; `timeout_at` bounds each wait."""

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
    queue: asyncio.Queue[tuple[str, str | Exception | None]] = asyncio.Queue(1)

    async def pump() -> None:
        try:
            async for line in lines:
                await queue.put(("line", line))
        except Exception as error:
            await queue.put(("end", error))
        else:
            await queue.put(("end", None))

    pumping = asyncio.create_task(pump())
    batch: list[str] = []
    due: float | None = None
    try:
        while True:
            try:
                async with asyncio.timeout_at(due):
                    kind, value = await queue.get()
            except TimeoutError:
                kind, value = "due", None
            if kind == "line":
                if not batch:
                    due = loop.time() + max_wait
                batch.append(value)
            if batch and (kind != "line" or len(batch) == size):
                yield batch
                batch, due = [], None
            if kind == "end":
                if value is not None:
                    raise value
                return
    finally:
        pumping.cancel()
        await asyncio.wait([pumping])
        await lines.aclose()


async def save_all(log: Log, insert: Callable[[list[str]], Awaitable[None]], size: int, max_wait: float) -> None:
    """Insert the lines of `log` batch by batch; whatever happens, close the batches at the end."""
    async with aclosing(batched(follow(log), size, max_wait)) as batches:
        async for batch in batches:
            await insert(batch)
