"""A class for a direction, and an event that the first failure sets."""

import asyncio

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Direction:
    """One direction of the relay, and how it fared."""

    def __init__(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        self.source = source
        self.target = target
        self.size = 0
        self.error: BaseException | None = None

    async def run(self, stop: asyncio.Event, still_open: list["Direction"]) -> None:
        try:
            async for data in self:
                self.target.write(data)
                await self.target.drain()
            self.target.write_eof()
        except OSError as error:
            self.error = error
            stop.set()
        still_open.remove(self)
        if not still_open:
            stop.set()

    def __aiter__(self) -> "Direction":
        return self

    async def __anext__(self) -> bytes:
        data = await self.source.read(32768)
        if not data:
            raise StopAsyncIteration
        self.size += len(data)
        return data


async def relay(client: Pair, upstream: Pair) -> tuple[int, int]:
    """Pass bytes on until both sides have ended; how many came from the client, and how many from upstream."""
    up, down = Direction(client[0], upstream[1]), Direction(upstream[0], client[1])
    stop, still_open = asyncio.Event(), [up, down]
    tasks = [asyncio.create_task(each.run(stop, still_open)) for each in (up, down)]
    good = False
    try:
        await stop.wait()
        for error in filter(None, (up.error, down.error)):
            raise error
        good = True
    finally:
        if not good:
            for writer in (client[1], upstream[1]):
                writer.transport.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    client[1].close()
    upstream[1].close()
    return up.size, down.size
