"""cancellation: collects the pieces of a frame in a variable of the call, which a cancellation throws away."""

import asyncio

HEADER_SIZE = 4


class FrameTooLarge(Exception):
    """A header announces more bytes than are allowed."""


class FrameReader:
    """Reads frames, whose payloads have at most `max_size` bytes, from a stream."""

    def __init__(self, reader: asyncio.StreamReader, max_size: int) -> None:
        self._reader = reader
        self._max_size = max_size

    async def _collect(self, size: int) -> bytes:
        pieces = b""
        while len(pieces) < size and (piece := await self._reader.read(size - len(pieces))):
            pieces += piece
        return pieces

    async def read(self) -> bytes | None:
        """The payload of the next frame, None if the stream has ended."""
        header = await self._collect(HEADER_SIZE)
        if not header:
            return None
        size = int.from_bytes(header, "big")
        if len(header) == HEADER_SIZE and size > self._max_size:
            raise FrameTooLarge(f"a frame of {size} bytes, at most {self._max_size} are allowed")
        payload = await self._collect(size)
        if len(header) < HEADER_SIZE or len(payload) < size:
            raise ConnectionError("the stream has ended inside a frame")
        return payload


async def write_frame(writer: asyncio.StreamWriter, payload: bytes) -> None:
    """Send `payload` as one frame."""
    writer.write(len(payload).to_bytes(HEADER_SIZE, "big"))
    writer.write(payload)
    await writer.drain()
