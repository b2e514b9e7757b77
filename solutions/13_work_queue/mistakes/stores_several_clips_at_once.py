"""concurrency: each worker stores its own clip, so that `store` is called by several at once."""

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
    stored, failed, source_failure = 0, [], None

    async def take_frames():
        nonlocal source_failure
        try:
            async for frame in source:
                await frames.put(frame)
        except Exception as failure:
            source_failure = failure
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
                await store_clip()

    async def encode_all():
        async with asyncio.TaskGroup() as crew:
            for _ in range(workers):
                crew.create_task(encode_frames())

    async def store_clip():
        nonlocal stored
        await store(await clips.get())
        stored += 1

    try:
        async with contextlib.aclosing(source), asyncio.TaskGroup() as stages:
            stages.create_task(take_frames())
            stages.create_task(encode_all())
    except ExceptionGroup as failures:
        failure = failures
        while isinstance(failure, ExceptionGroup):
            failure = failure.exceptions[0]
        raise failure from None
    if source_failure is not None:
        raise source_failure
    return Report(stored, failed)
