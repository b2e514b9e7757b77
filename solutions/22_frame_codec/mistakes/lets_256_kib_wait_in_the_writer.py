"""concurrency: waits only when 256 KiB wait in the writer, and forgets what the network holds."""

import asyncio


class FrameTooLarge(Exception):
    """A header announces more bytes than are allowed."""


class FrameReader:
    """Reads frames, whose payloads have at most `max_size` bytes, from a stream."""

    def __init__(self, reader: asyncio.StreamReader, max_size: int) -> None:
        self._reader = reader
        self._max_size = max_size
        self._size: int | None = None

    async def read(self) -> bytes | None:
        """The payload of the next frame, None if the stream has ended."""
        try:
            if self._size is None:
                self._size = int.from_bytes(await self._reader.readexactly(4), "big")
            if self._size > self._max_size:
                raise FrameTooLarge(f"{self._size} bytes")
            payload = await self._reader.readexactly(self._size)
        except asyncio.IncompleteReadError as error:
            if self._size is None and not error.partial:
                return None
            raise ConnectionResetError("the stream has ended inside a frame") from error
        self._size = None
        return payload


async def write_frame(writer: asyncio.StreamWriter, payload: bytes) -> None:
    """Send `payload` as one frame."""
    writer.write(len(payload).to_bytes(4, "big") + payload)
    if writer.transport.get_write_buffer_size() > 256 * 1024:
        await writer.drain()
