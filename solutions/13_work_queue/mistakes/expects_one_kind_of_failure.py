"""correctness: expects encodings to fail with ValueError only, as in the example; another error ends a worker."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import NamedTuple


class Report(NamedTuple):
    """How a run went: the number of stored clips, and each frame that failed, with its exception."""

    stored: int
    failed: list[tuple[str, Exception]]


async def run_pipeline(
    source: AsyncGenerator[str, None],
    encode: Callable[[str], Awaitable[bytes]],
    store: Callable[[bytes], Awaitable[None]],
    *,
    workers: int,
    buffer: int,
) -> Report:
    """Encode each frame of `source` and store its clip, with `workers` encodings at once and small buffers."""
    frames: asyncio.Queue[str] = asyncio.Queue(buffer)
    clips: asyncio.Queue[bytes] = asyncio.Queue(buffer)
    failed: list[tuple[str, Exception]] = []
    source_errors: list[Exception] = []
    stored = 0

    async def read() -> None:
        try:
            async for frame in source:
                await frames.put(frame)
        except Exception as error:
            source_errors.append(error)

    async def work() -> None:
        while True:
            frame = await frames.get()
            try:
                clip = await encode(frame)
            except ValueError as error:
                failed.append((frame, error))
            else:
                await clips.put(clip)
            frames.task_done()

    async def save() -> None:
        nonlocal stored
        while True:
            clip = await clips.get()
            await store(clip)
            stored += 1
            clips.task_done()

    async def finish(reader: asyncio.Task[None]) -> None:
        await reader
        await frames.join()
        await clips.join()

    reader = asyncio.create_task(read())
    stages = [reader, *(asyncio.create_task(work()) for _ in range(workers)), asyncio.create_task(save())]
    finished = asyncio.create_task(finish(reader))
    try:
        done, _ = await asyncio.wait([finished, *stages[1:]], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in [finished, *stages]:
            task.cancel()
        await asyncio.gather(finished, *stages, return_exceptions=True)
        await source.aclose()
    if source_errors:
        raise source_errors[0]
    return Report(stored, failed)
