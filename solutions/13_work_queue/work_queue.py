"""Two bounded queues join three stages; a special object marks the end, and a task group owns all tasks."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, NamedTuple


class Report(NamedTuple):
    """How a run went: the number of stored clips, and each frame that failed, with its exception."""

    stored: int
    failed: list[tuple[str, Exception]]


#: Follows the last item of a queue.
END = object()


async def run_pipeline(
    source: AsyncGenerator[str, None],
    encode: Callable[[str], Awaitable[bytes]],
    store: Callable[[bytes], Awaitable[None]],
    *,
    workers: int,
    buffer: int,
) -> Report:
    """Encode each frame of `source` and store its clip, with `workers` encodings at once and small buffers."""
    frames: asyncio.Queue[Any] = asyncio.Queue(buffer)
    clips: asyncio.Queue[Any] = asyncio.Queue(buffer)
    stored = 0
    failed: list[tuple[str, Exception]] = []
    source_failure: Exception | None = None

    async def take_frames() -> None:
        nonlocal source_failure
        try:
            async for frame in source:
                await frames.put(frame)
        except Exception as failure:
            # Raised here it would cancel the frames that are on the belt.
            source_failure = failure
        for _ in range(workers):  # each worker takes one END, and no more
            await frames.put(END)

    async def encode_frames() -> None:
        while (frame := await frames.get()) is not END:
            try:
                clip = await encode(frame)
            except Exception as failure:
                failed.append((frame, failure))
            else:
                await clips.put(clip)

    async def encode_all() -> None:
        async with asyncio.TaskGroup() as crew:
            for _ in range(workers):
                crew.create_task(encode_frames())
        await clips.put(END)

    async def store_clips() -> None:
        nonlocal stored
        while (clip := await clips.get()) is not END:
            await store(clip)
            stored += 1

    try:
        # The group ends before the source is closed: a generator that is running cannot be closed.
        async with contextlib.aclosing(source), asyncio.TaskGroup() as stages:
            stages.create_task(take_frames())
            stages.create_task(encode_all())
            stages.create_task(store_clips())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    if source_failure is not None:
        raise source_failure
    return Report(stored, failed)
