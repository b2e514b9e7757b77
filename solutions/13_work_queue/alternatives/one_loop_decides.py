"""One loop does everything: it keeps the set of running tasks, and decides what to start whenever one of them ends."""

import asyncio
from collections import deque
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
    stored = 0
    failed: list[tuple[str, Exception]] = []
    frames: deque[str] = deque()
    clips: deque[bytes] = deque()
    encodings: dict[asyncio.Task[bytes], str] = {}
    taking: asyncio.Task[str] | None = None
    storing: asyncio.Task[None] | None = None
    source_ended = False
    source_failure: Exception | None = None

    async def take() -> str:
        return await anext(source)

    async def call_store(clip: bytes) -> None:
        await store(clip)

    async def call_encode(frame: str) -> bytes:
        return await encode(frame)

    try:
        while True:
            if storing is None and clips:
                storing = asyncio.create_task(call_store(clips.popleft()))
            while frames and len(encodings) < workers and len(clips) <= buffer:
                frame = frames.popleft()
                encodings[asyncio.create_task(call_encode(frame))] = frame
            if taking is None and not source_ended and len(frames) < buffer:
                taking = asyncio.create_task(take())
            running = {task for task in (taking, storing, *encodings) if task is not None}
            if not running:
                break
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            if storing is not None and storing.done():
                storing.result()  # raises if the disk is full
                stored += 1
                storing = None
            for encoding in [encoding for encoding in encodings if encoding.done()]:
                frame = encodings.pop(encoding)
                try:
                    clips.append(encoding.result())
                except Exception as failure:
                    failed.append((frame, failure))
            if taking is not None and taking.done():
                try:
                    frames.append(taking.result())
                except StopAsyncIteration:
                    source_ended = True
                except Exception as failure:
                    source_ended, source_failure = True, failure
                taking = None
    finally:
        running = {task for task in (taking, storing, *encodings) if task is not None}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await source.aclose()
    if source_failure is not None:
        raise source_failure
    return Report(stored, failed)
