"""`asyncio.wait` until the first failure; what is left is cancelled and awaited."""

import asyncio

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def relay(client: Pair, upstream: Pair) -> tuple[int, int]:
    """Pass bytes on until both sides have ended; how many came from the client, and how many from upstream."""
    counts = {"up": 0, "down": 0}

    async def pump(direction: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(8192):
            counts[direction] += len(data)
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    tasks = {
        asyncio.create_task(pump("up", client[0], upstream[1])),
        asyncio.create_task(pump("down", upstream[0], client[1])),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    except BaseException:
        client[1].transport.abort()
        upstream[1].transport.abort()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for task in tasks:
            # Looked at, so that nobody misses it.
            if not task.cancelled():
                task.exception()
        raise
    client[1].close()
    upstream[1].close()
    return counts["up"], counts["down"]
