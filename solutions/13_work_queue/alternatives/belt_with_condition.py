"""One condition guards two plain lists; a stage waits until the list that it needs has an item, or room for one."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import NamedTuple


class Report(NamedTuple):
    """How a run went: the number of stored clips, and each frame that failed, with its exception."""

    stored: int
    failed: list[tuple[str, Exception]]


class Belt:
    """What waits between two stages: at most `room` items, from a number of `writers`."""

    def __init__(self, room: int, writers: int) -> None:
        self._room = room
        self._writers = writers
        self._items: deque = deque()
        self._changed = asyncio.Condition()

    async def put(self, item: object) -> None:
        """Lay an item on the belt when there is room."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._items) < self._room)
            self._items.append(item)
            self._changed.notify_all()

    async def finish(self) -> None:
        """Say that one of the writers has ended."""
        async with self._changed:
            self._writers -= 1
            self._changed.notify_all()

    def __aiter__(self) -> "Belt":
        return self

    async def __anext__(self):
        async with self._changed:
            await self._changed.wait_for(lambda: self._items or not self._writers)
            if not self._items:
                raise StopAsyncIteration
            self._changed.notify_all()
            return self._items.popleft()


async def run_pipeline(
    source: AsyncGenerator[str, None],
    encode: Callable[[str], Awaitable[bytes]],
    store: Callable[[bytes], Awaitable[None]],
    *,
    workers: int,
    buffer: int,
) -> Report:
    """Encode each frame of `source` and store its clip, with `workers` encodings at once and small buffers."""
    frames, clips = Belt(buffer, writers=1), Belt(buffer, writers=workers)
    stored = 0
    failed: list[tuple[str, Exception]] = []

    async def take_frames() -> Exception | None:
        failure = None
        try:
            async for frame in source:
                await frames.put(frame)
        except Exception as error:
            failure = error
        await frames.finish()
        return failure

    async def encode_frames() -> None:
        async for frame in frames:
            try:
                clip = await encode(frame)
            except Exception as failure:
                failed.append((frame, failure))
            else:
                await clips.put(clip)
        await clips.finish()

    async def store_clips() -> None:
        nonlocal stored
        async for clip in clips:
            await store(clip)
            stored += 1

    async with contextlib.aclosing(source):
        stages = [asyncio.create_task(stage()) for stage in (take_frames, store_clips, *[encode_frames] * workers)]
        try:
            source_failure, *_ = await asyncio.gather(*stages)
        finally:
            for stage in stages:
                stage.cancel()
            await asyncio.gather(*stages, return_exceptions=True)
    if source_failure is not None:
        raise source_failure
    return Report(stored, failed)
