"""cancellation: when it is cancelled, it finishes the frames on the belt and returns a report."""

import asyncio
from typing import NamedTuple


class Report(NamedTuple):
    """How a run went: the number of stored clips, and each frame that failed, with its exception."""

    stored: int
    failed: list[tuple[str, Exception]]


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
        await frames.join()
        await clips.join()

    async def encode_frames():
        while True:
            frame = await frames.get()
            try:
                await clips.put(await encode(frame))
            except Exception as failure:
                failed.append((frame, failure))
            finally:
                frames.task_done()

    async def store_clips():
        nonlocal stored
        while True:
            await store(await clips.get())
            stored += 1
            clips.task_done()

    taking = asyncio.create_task(take_frames())
    storing = asyncio.create_task(store_clips())
    tasks = [taking, storing, *(asyncio.create_task(encode_frames()) for _ in range(workers))]
    try:
        await asyncio.wait([taking, storing], return_when=asyncio.FIRST_COMPLETED)
        if storing.done():
            storing.result()
    finally:
        if not taking.done() and not storing.done():
            taking.cancel()
            await frames.join()
            await clips.join()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await source.aclose()
    if source_failure is not None:
        raise source_failure
    return Report(stored, failed)
