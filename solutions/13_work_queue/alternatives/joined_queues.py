"""The queues count their unfinished items; `join` says when they are empty, and the workers are then cancelled."""

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
    stored = 0
    failed: list[tuple[str, Exception]] = []
    source_failure: Exception | None = None

    async def encode_frames() -> None:
        while True:
            frame = await frames.get()
            try:
                await clips.put(await encode(frame))
            except Exception as failure:
                failed.append((frame, failure))
            finally:
                frames.task_done()

    async def store_clips() -> None:
        nonlocal stored
        while True:
            await store(await clips.get())
            stored += 1
            clips.task_done()

    async def take_frames() -> None:
        nonlocal source_failure
        try:
            async for frame in source:
                await frames.put(frame)
        except Exception as failure:
            source_failure = failure
        # In this order: a frame is done only when its clip is in the second queue.
        await frames.join()
        await clips.join()

    taking = asyncio.create_task(take_frames())
    storing = asyncio.create_task(store_clips())
    tasks = [taking, storing, *(asyncio.create_task(encode_frames()) for _ in range(workers))]
    try:
        await asyncio.wait([taking, storing], return_when=asyncio.FIRST_COMPLETED)
        if storing.done():
            storing.result()  # raises: the loop of `store_clips` has no other end
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await source.aclose()
    if source_failure is not None:
        raise source_failure
    return Report(stored, failed)
