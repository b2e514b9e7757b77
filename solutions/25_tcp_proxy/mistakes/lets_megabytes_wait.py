"""concurrency: lets four MiB wait in the transport before `drain` holds it back."""

import asyncio

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> int:
    """Pass on all bytes and the end; how many bytes."""
    sink.transport.set_write_buffer_limits(high=2**22)
    size = 0
    while piece := await source.read(2**16):
        size += len(piece)
        sink.write(piece)
        await sink.drain()
    sink.write_eof()
    return size


async def relay(client: Pair, upstream: Pair) -> tuple[int, int]:
    """Pass bytes on until both sides have ended; how many came from the client, and how many from upstream."""
    (from_client, to_client), (from_upstream, to_upstream) = client, upstream
    pumps = [
        asyncio.create_task(pump(from_client, to_upstream)),
        asyncio.create_task(pump(from_upstream, to_client)),
    ]
    try:
        there, back = await asyncio.gather(*pumps)
    except BaseException:
        for task in pumps:
            task.cancel()
        to_client.transport.abort()
        to_upstream.transport.abort()
        await asyncio.gather(*pumps, return_exceptions=True)
        raise
    to_client.close()
    to_upstream.close()
    return there, back
