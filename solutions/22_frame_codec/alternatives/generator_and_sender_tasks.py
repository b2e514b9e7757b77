"""A generator takes pieces and gives frames; each frame is sent piece by piece, by a task that nobody cancels."""

import asyncio
from collections.abc import Generator
from weakref import WeakKeyDictionary


class FrameTooLarge(Exception):
    """A header announces more bytes than are allowed."""


def parse(max_size: int) -> Generator[bytes | None, bytes, None]:
    """Takes the bytes that arrive; gives the payload of each frame, or None when it needs more bytes."""
    buffer = bytearray()
    while True:
        while len(buffer) < 4:
            buffer += yield None
        size = int.from_bytes(buffer[:4], "big")
        if size > max_size:
            raise FrameTooLarge(f"a frame of {size} bytes, more than {max_size}")
        while len(buffer) < 4 + size:
            buffer += yield None
        payload = bytes(buffer[4 : 4 + size])
        del buffer[: 4 + size]
        buffer += yield payload


class FrameReader:
    """Reads frames, whose payloads have at most `max_size` bytes, from a stream."""

    def __init__(self, reader: asyncio.StreamReader, max_size: int) -> None:
        self._reader = reader
        self._frames = parse(max_size)
        self._inside = 0
        next(self._frames)

    async def read(self) -> bytes | None:
        """The payload of the next frame, None if the stream has ended."""
        payload = self._frames.send(b"")
        while payload is None:
            piece = await self._reader.read(4096)
            if not piece:
                if self._inside:
                    raise ConnectionAbortedError("the stream has ended inside a frame")
                return None
            self._inside += len(piece)
            payload = self._frames.send(piece)
        self._inside -= 4 + len(payload)
        return payload


turns: WeakKeyDictionary[asyncio.StreamWriter, asyncio.Lock] = WeakKeyDictionary()
sending: set[asyncio.Task[None]] = set()


async def send(writer: asyncio.StreamWriter, frame: bytes) -> None:
    """Send a frame when it is its turn, piece by piece."""
    async with turns.setdefault(writer, asyncio.Lock()):
        for start in range(0, len(frame), 16384):
            writer.write(frame[start : start + 16384])
            await writer.drain()


async def write_frame(writer: asyncio.StreamWriter, payload: bytes) -> None:
    """Send `payload` as one frame."""
    task = asyncio.create_task(send(writer, len(payload).to_bytes(4, "big") + payload))
    sending.add(task)
    task.add_done_callback(sending.discard)
    # What has been begun is sent to its end, even if nobody waits for it any more.
    await asyncio.shield(task)
