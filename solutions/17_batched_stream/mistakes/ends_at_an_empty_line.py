"""correctness: asks whether a line is there by its truth, so that an empty line is the end."""

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
    queue: asyncio.Queue[str | None] = asyncio.Queue(size)
    failures: list[Exception] = []

    async def send() -> None:
        try:
            async for line in lines:
                await queue.put(line)
        except Exception as failure:
            failures.append(failure)
        await queue.put(None)

    sender = asyncio.create_task(send())
    try:
        more = True
        while more:
            batch: list[str] = []
            try:
                async with asyncio.timeout(None) as limit:
                    while len(batch) < size and (more := bool(line := await queue.get())):
                        batch.append(line)
                        if len(batch) == 1:
                            limit.reschedule(asyncio.get_running_loop().time() + max_wait)
            except TimeoutError:
                pass
            if batch:
                yield batch
        if failures:
            raise failures[0]
    finally:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)
        await lines.aclose()


async def save_all(log: Log, insert: Callable[[list[str]], Awaitable[None]], size: int, max_wait: float) -> None:
    """Insert the lines of `log` batch by batch; whatever happens, close the batches at the end."""
    async with aclosing(batched(follow(log), size, max_wait)) as batches:
        async for batch in batches:
            await insert(batch)
