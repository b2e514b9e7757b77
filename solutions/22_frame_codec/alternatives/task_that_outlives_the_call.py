"""Each frame is read by a task that is shielded: a call that is cancelled leaves it to the next call."""

import asyncio


class FrameTooLarge(Exception):
    pass


class FrameReader:
    def __init__(self, reader: asyncio.StreamReader, max_size: int) -> None:
        self.reader = reader
        self.max_size = max_size
        self.next_frame: asyncio.Task[bytes | None] | None = None

    async def read(self) -> bytes | None:
        if self.next_frame is None:
            self.next_frame = asyncio.create_task(self._read_frame())
        frame = await asyncio.shield(self.next_frame)
        self.next_frame = None
        return frame

    async def _read_frame(self) -> bytes | None:
        try:
            header = await self.reader.readexactly(4)
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise ConnectionError("inside a header") from error
            return None
        size = int.from_bytes(header)
        if size > self.max_size:
            raise FrameTooLarge(f"{size} > {self.max_size}")
        try:
            return await self.reader.readexactly(size)
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("inside a payload") from error


async def write_frame(writer: asyncio.StreamWriter, payload: bytes) -> None:
    writer.writelines([len(payload).to_bytes(4), payload])
    await writer.drain()
