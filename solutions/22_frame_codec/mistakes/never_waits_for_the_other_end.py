"""concurrency: never awaits drain(), so that everything piles up while the other end does not read."""

import asyncio

HEADER_SIZE = 4


class FrameTooLarge(Exception):
    """A header announces more bytes than are allowed."""


class FrameReader:
    """Reads frames, whose payloads have at most `max_size` bytes, from a stream."""

    def __init__(self, reader: asyncio.StreamReader, max_size: int) -> None:
        self._reader = reader
        self._max_size = max_size
        # The size of the frame whose header has been taken from the stream, and whose payload has not.
        self._size: int | None = None

    async def read(self) -> bytes | None:
        """The payload of the next frame, None if the stream has ended."""
        try:
            if self._size is None:
                self._size = int.from_bytes(await self._reader.readexactly(HEADER_SIZE), "big")
            if self._size > self._max_size:
                raise FrameTooLarge(f"a frame of {self._size} bytes, at most {self._max_size} are allowed")
            payload = await self._reader.readexactly(self._size)
        except asyncio.IncompleteReadError as error:
            if self._size is None and not error.partial:
                return None
            raise ConnectionError("the stream has ended inside a frame") from error
        self._size = None
        return payload


async def write_frame(writer: asyncio.StreamWriter, payload: bytes) -> None:
    """Send `payload` as one frame."""
    writer.write(len(payload).to_bytes(HEADER_SIZE, "big"))
    writer.write(payload)
