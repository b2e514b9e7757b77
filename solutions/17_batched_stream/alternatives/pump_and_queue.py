"""A task pumps the lines into a short queue; the batches are taken out under a deadline."""

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
    queue: asyncio.Queue[str] = asyncio.Queue(1)

    async def pump_lines() -> None:
        async for line in lines:
            await queue.put(line)

    ended = asyncio.Event()
    end = asyncio.create_task(ended.wait())
    pump = asyncio.create_task(pump_lines())
    pump.add_done_callback(lambda _: ended.set())

    async def next_line() -> str | None:
        """The next line; None when there is none left."""
        getting = asyncio.create_task(queue.get())
        try:
            await asyncio.wait([getting, end], return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                return getting.result()
            return None if queue.empty() else queue.get_nowait()
        finally:
            getting.cancel()

    try:
        while (line := await next_line()) is not None:
            batch, due = [line], loop.time() + max_wait
            try:
                async with asyncio.timeout_at(due):
                    while len(batch) < size and (line := await next_line()) is not None:
                        batch.append(line)
            except TimeoutError:
                pass
            yield batch
        await pump
    finally:
        end.cancel()
        pump.cancel()
        await asyncio.gather(pump, return_exceptions=True)
        await lines.aclose()


async def save_all(log: Log, insert: Callable[[list[str]], Awaitable[None]], size: int, max_wait: float) -> None:
    """Insert the lines of `log` batch by batch; whatever happens, close the batches at the end."""
    async with aclosing(batched(follow(log), size, max_wait)) as batches:
        async for batch in batches:
            await insert(batch)
