"""correctness: lets the failure of the source cancel the frames that were taken already."""

import asyncio
import contextlib
from typing import NamedTuple


class Report(NamedTuple):
    """How a run went: the number of stored clips, and each frame that failed, with its exception."""

    stored: int
    failed: list[tuple[str, Exception]]


END = object()


async def run_pipeline(source, encode, store, *, workers, buffer):
    frames, clips = asyncio.Queue(buffer), asyncio.Queue(buffer)
    stored, failed = 0, []

    async def take_frames():
        async for frame in source:
            await frames.put(frame)
        for _ in range(workers):
            await frames.put(END)

    async def encode_frames():
        while (frame := await frames.get()) is not END:
            try:
                clip = await encode(frame)
            except Exception as failure:
                failed.append((frame, failure))
            else:
                await clips.put(clip)

    async def encode_all():
        await asyncio.gather(*(encode_frames() for _ in range(workers)))
        await clips.put(END)

    async def store_clips():
        nonlocal stored
        while (clip := await clips.get()) is not END:
            await store(clip)
            stored += 1

    try:
        async with contextlib.aclosing(source), asyncio.TaskGroup() as stages:
            stages.create_task(take_frames())
            stages.create_task(encode_all())
            stages.create_task(store_clips())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return Report(stored, failed)
