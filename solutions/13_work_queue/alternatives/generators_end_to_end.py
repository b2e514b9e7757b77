"""Each stage is an async generator, which draws from the one before it through tasks of its own."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, NamedTuple


class Report(NamedTuple):
    """How a run went: the number of stored clips, and each frame that failed, with its exception."""

    stored: int
    failed: list[tuple[str, Exception]]


Put = Callable[[Any], Awaitable[None]]


async def produced(producers: list[Callable[[Put], Awaitable[None]]], room: int) -> AsyncGenerator[Any, None]:
    """What the producers put, as they put it; at most `room` items wait."""
    queue: asyncio.Queue[Any] = asyncio.Queue(room)
    end = object()

    async def finish() -> None:
        await asyncio.gather(*tasks, return_exceptions=True)
        await queue.put(end)

    tasks = [asyncio.ensure_future(producer(queue.put)) for producer in producers]
    last = asyncio.create_task(finish())
    try:
        while (item := await queue.get()) is not end:
            yield item
        for task in tasks:
            task.result()  # raises if the producer failed
    finally:
        for task in [*tasks, last]:
            task.cancel()
        await asyncio.gather(*tasks, last, return_exceptions=True)


async def run_pipeline(
    source: AsyncGenerator[str, None],
    encode: Callable[[str], Awaitable[bytes]],
    store: Callable[[bytes], Awaitable[None]],
    *,
    workers: int,
    buffer: int,
) -> Report:
    """Encode each frame of `source` and store its clip, with `workers` encodings at once and small buffers."""
    failed: list[tuple[str, Exception]] = []
    # A generator refuses a second `anext` while the first is waiting.
    turn = asyncio.Lock()

    async def take(put: Put) -> None:
        async for frame in source:
            await put(frame)

    async def work(put: Put) -> None:
        while True:
            async with turn:
                frame = await anext(frames, None)
            if frame is None:
                return
            try:
                clip = await encode(frame)
            except Exception as error:
                failed.append((frame, error))
            else:
                await put(clip)

    frames = produced([take], buffer)
    clips = produced([work] * workers, buffer)
    stored = 0
    async with aclosing(source), aclosing(frames), aclosing(clips):
        async for clip in clips:
            await store(clip)
            stored += 1
    return Report(stored, failed)
