"""Frame codec: make whole messages of a stream of bytes."""

import asyncio


class FrameTooLarge(Exception):
    """A header announces more bytes than are allowed."""


# TODO: read and write whole frames, however their bytes travel.


class FrameReader:
    """Reads frames, whose payloads have at most `max_size` bytes, from a stream."""

    def __init__(self, reader: asyncio.StreamReader, max_size: int) -> None:
        self._reader = reader
        self._max_size = max_size

    async def read(self) -> bytes | None:
        """The payload of the next frame, None if the stream has ended."""
        return await self._reader.read(self._max_size) or None


async def write_frame(writer: asyncio.StreamWriter, payload: bytes) -> None:
    """Send `payload` as one frame."""
    writer.write(payload)
