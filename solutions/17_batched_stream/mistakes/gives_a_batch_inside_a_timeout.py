"""concurrency: yields inside `asyncio.timeout`, which then interrupts the consumer."""

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
    coming = None
    batch = []
    failure = None
    try:
        while failure is None:
            coming = coming or asyncio.ensure_future(anext(lines))
            await asyncio.wait([coming])
            try:
                async with asyncio.timeout(max_wait):
                    while len(batch) < size:
                        await asyncio.wait([coming])
                        if coming.exception() is not None:
                            failure = coming.exception()
                            break
                        batch.append(coming.result())
                        coming = asyncio.ensure_future(anext(lines))
                    if batch:
                        yield batch
                        batch = []
            except TimeoutError:
                if batch:
                    yield batch
                    batch = []
        if not isinstance(failure, StopAsyncIteration):
            raise failure
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
        await lines.aclose()


async def save_all(log: Log, insert: Callable[[list[str]], Awaitable[None]], size: int, max_wait: float) -> None:
    """Insert the lines of `log` batch by batch; whatever happens, close the batches at the end."""
    async with aclosing(batched(follow(log), size, max_wait)) as batches:
        async for batch in batches:
            await insert(batch)
