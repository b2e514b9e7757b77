"""Each frame has a task of its own, which takes the next place on the belt before it leaves the one it has."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
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
    frame_places, encoders = asyncio.Semaphore(buffer), asyncio.Semaphore(workers)
    clip_places, disk = asyncio.Semaphore(buffer), asyncio.Semaphore(1)
    stored = 0
    failed: list[tuple[str, Exception]] = []
    source_error = None

    async def travel(frame: str) -> None:
        nonlocal stored
        await encoders.acquire()
        frame_places.release()
        try:
            clip = await encode(frame)
        except Exception as error:
            failed.append((frame, error))
            encoders.release()
            return
        await clip_places.acquire()
        encoders.release()
        async with disk:
            clip_places.release()
            await store(clip)
        stored += 1

    try:
        async with aclosing(source), asyncio.TaskGroup() as belt:
            while True:
                await frame_places.acquire()
                try:
                    frame = await anext(source)
                except StopAsyncIteration:
                    break
                except Exception as error:
                    source_error = error
                    break
                belt.create_task(travel(frame))
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
    if source_error is not None:
        raise source_error
    return Report(stored, failed)
