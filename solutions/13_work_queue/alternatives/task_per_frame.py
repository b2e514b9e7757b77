"""Each frame has a task of its own; three semaphores hold back the belt, the encoder and the disk."""

import asyncio
import contextlib
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
    belt = asyncio.Semaphore(workers + 2 * buffer)
    encoders = asyncio.Semaphore(workers)
    disk = asyncio.Lock()
    stored = 0
    failed: list[tuple[str, Exception]] = []
    source_failure: Exception | None = None

    async def process(frame: str) -> None:
        nonlocal stored
        try:
            async with encoders:
                clip = await encode(frame)
        except Exception as failure:
            failed.append((frame, failure))
        else:
            async with disk:
                await store(clip)
            stored += 1
        belt.release()

    try:
        async with contextlib.aclosing(source), asyncio.TaskGroup() as frames:
            try:
                async for frame in source:
                    await belt.acquire()
                    frames.create_task(process(frame))
            except Exception as failure:
                source_failure = failure
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    if source_failure is not None:
        raise source_failure
    return Report(stored, failed)
