"""cancellation: a call that is cancelled in the payload forgets the header, and the next takes the payload for one."""

import asyncio

HEADER_SIZE = 4


class FrameTooLarge(Exception):
    """A header announces more bytes than are allowed."""


class FrameReader:
    """Reads frames, whose payloads have at most `max_size` bytes, from a stream."""

    def __init__(self, reader: asyncio.StreamReader, max_size: int) -> None:
        self._reader = reader
        self._max_size = max_size

    async def read(self) -> bytes | None:
        """The payload of the next frame, None if the stream has ended."""
        size = None
        try:
            size = int.from_bytes(await self._reader.readexactly(HEADER_SIZE), "big")
            if size > self._max_size:
                raise FrameTooLarge(f"a frame of {size} bytes, at most {self._max_size} are allowed")
            payload = await self._reader.readexactly(size)
        except asyncio.IncompleteReadError as error:
            if size is None and not error.partial:
                return None
            raise ConnectionError("the stream has ended inside a frame") from error
        return payload


async def write_frame(writer: asyncio.StreamWriter, payload: bytes) -> None:
    """Send `payload` as one frame."""
    writer.write(len(payload).to_bytes(HEADER_SIZE, "big"))
    writer.write(payload)
    await writer.drain()
