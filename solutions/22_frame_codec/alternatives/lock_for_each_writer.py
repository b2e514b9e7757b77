"""Writers take turns with a lock for each stream; the header is kept as bytes until the payload is there."""

import asyncio
import weakref


class FrameTooLarge(Exception):
    pass


class FrameReader:
    def __init__(self, reader, max_size):
        self._reader = reader
        self._max_size = max_size
        self._received = b""

    async def _fill(self, size):
        """Wait until `size` bytes of the frame have been received; False if the stream ends before."""
        while len(self._received) < size:
            piece = await self._reader.read(size - len(self._received))
            if not piece:
                return False
            self._received += piece
        return True

    async def read(self):
        if not await self._fill(4):
            if self._received:
                raise ConnectionError("cut off in the header")
            return None
        size = int.from_bytes(self._received[:4], "big")
        if size > self._max_size:
            raise FrameTooLarge
        if not await self._fill(4 + size):
            raise ConnectionError("cut off in the payload")
        payload, self._received = self._received[4:], b""
        return payload


_locks: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


async def write_frame(writer, payload):
    async with _locks.setdefault(writer, asyncio.Lock()):
        writer.write(len(payload).to_bytes(4, "big") + payload)
        await writer.drain()
