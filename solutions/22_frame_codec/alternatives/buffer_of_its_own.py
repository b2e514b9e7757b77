"""The reader has a buffer of its own, takes from the stream whatever comes, and cuts frames off the front."""

import asyncio
import struct

HEADER = struct.Struct(">I")


class FrameTooLarge(Exception):
    pass


class FrameReader:
    def __init__(self, reader, max_size):
        self._reader = reader
        self._max_size = max_size
        self._buffer = bytearray()

    async def read(self):
        while (payload := self._next_frame()) is None:
            data = await self._reader.read(64 * 1024)
            if not data:
                if self._buffer:
                    raise ConnectionResetError(f"{len(self._buffer)} bytes of a frame are left over")
                return None
            self._buffer += data
        return payload

    def _next_frame(self):
        """Cut a frame off the buffer, if it holds a whole one."""
        if len(self._buffer) < HEADER.size:
            return None
        (size,) = HEADER.unpack_from(self._buffer)
        if size > self._max_size:
            raise FrameTooLarge(size)
        end = HEADER.size + size
        if len(self._buffer) < end:
            return None
        payload = bytes(self._buffer[HEADER.size : end])
        del self._buffer[:end]
        return payload


async def write_frame(writer: asyncio.StreamWriter, payload: bytes) -> None:
    writer.write(HEADER.pack(len(payload)) + payload)
    await writer.drain()
