"""A decoder that knows nothing of streams is fed with pieces, and whole frames wait in a queue."""

from collections import deque


class FrameTooLarge(Exception):
    pass


def decoder(frames, max_size):
    """A generator that is sent pieces, and appends whole frames to `frames`; it yields whether it is inside one."""
    buffer = b""
    while True:
        while len(buffer) < 4:
            buffer += yield bool(buffer)
        size = int.from_bytes(buffer[:4], "big")
        if size > max_size:
            frames.append(FrameTooLarge(f"{size} bytes"))
            return
        pieces, missing = [buffer[4:]], size - len(buffer[4:])
        while missing > 0:
            piece = yield True
            pieces.append(piece)
            missing -= len(piece)
        data = b"".join(pieces)
        frames.append(data[:size])
        buffer = data[size:]


class FrameReader:
    def __init__(self, reader, max_size):
        self.reader = reader
        self.frames = deque()
        self.decoder = decoder(self.frames, max_size)
        self.inside = next(self.decoder)

    async def read(self):
        while not self.frames:
            piece = await self.reader.read(10_000)
            if piece:
                try:
                    self.inside = self.decoder.send(piece)
                except StopIteration:
                    pass
            elif self.inside:
                raise ConnectionAbortedError
            else:
                return None
        frame = self.frames.popleft()
        if isinstance(frame, FrameTooLarge):
            raise frame
        return frame


async def write_frame(writer, payload):
    # Waits first, too: what is waiting already is somebody else's.
    await writer.drain()
    writer.write(len(payload).to_bytes(4, "big") + payload)
    await writer.drain()
