"""In each direction one task reads, another writes, and a short queue lies between them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Direction:
    """One direction of the relay, and the number of bytes that have been read for it."""

    def __init__(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        self.source, self.sink = source, sink
        self.pieces: asyncio.Queue[bytes] = asyncio.Queue(maxsize=3)
        self.size = 0

    async def fill(self) -> None:
        """Read until the source ends; the last piece is empty."""
        piece = b"first"
        while piece:
            piece = await self.source.read(2**15)
            self.size += len(piece)
            await self.pieces.put(piece)

    async def empty(self) -> None:
        """Write all pieces, and the end."""
        while piece := await self.pieces.get():
            self.sink.write(piece)
            await self.sink.drain()
        self.sink.write_eof()


@contextlib.asynccontextmanager
async def open_until_the_end(*writers: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close `writers` after a body that has gone well, else break them off."""
    try:
        yield
    except BaseException:
        for writer in writers:
            writer.transport.abort()
        raise
    for writer in writers:
        writer.close()


async def relay(client: Pair, upstream: Pair) -> tuple[int, int]:
    """Pass bytes on until both sides have ended; how many came from the client, and how many from upstream."""
    there = Direction(client[0], upstream[1])
    back = Direction(upstream[0], client[1])
    async with open_until_the_end(client[1], upstream[1]):
        try:
            async with asyncio.TaskGroup() as group:
                for direction in (back, there):
                    group.create_task(direction.empty())
                    group.create_task(direction.fill())
        except* ConnectionError as failures:
            failure = failures
            while isinstance(failure, BaseExceptionGroup):
                failure = failure.exceptions[0]
        else:
            return there.size, back.size
        raise failure
