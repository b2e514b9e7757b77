"""The conveyor: keep every worker busy, and the memory small."""

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
    # TODO: let the three stages run at the same time, and follow the rules when one of them fails.
    async for frame in source:
        await store(await encode(frame))
        stored += 1
    return Report(stored, [])
