"""Two tasks and a gather; whatever ends it early cancels both and breaks the connections off."""

import asyncio

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """Pass on one direction; the number of bytes."""
    total = 0
    while not reader.at_eof():
        data = await reader.read(16384)
        total += len(data)
        writer.write(data)
        await writer.drain()
    writer.write_eof()
    return total


async def relay(client: Pair, upstream: Pair) -> tuple[int, int]:
    """Pass bytes on until both sides have ended; how many came from the client, and how many from upstream."""
    pumps = [asyncio.create_task(pump(client[0], upstream[1])), asyncio.create_task(pump(upstream[0], client[1]))]
    finished = False
    try:
        up, down = await asyncio.gather(*pumps)
        finished = True
        return up, down
    finally:
        for task in pumps:
            task.cancel()
        for _, writer in (client, upstream):
            if finished:
                writer.close()
            else:
                writer.transport.abort()
        await asyncio.gather(*pumps, return_exceptions=True)
