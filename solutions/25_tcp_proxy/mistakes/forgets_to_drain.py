"""concurrency: does not wait for the other side to read, so that the relay takes everything into its memory."""

import asyncio

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]

PIECE = 64 * 1024


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    """Pass on one direction until it ends, and then its end; the number of bytes."""
    size = 0
    while piece := await reader.read(PIECE):
        size += len(piece)
        writer.write(piece)
    # Not close(): the other direction goes on.
    writer.write_eof()
    return size


async def relay(client: Pair, upstream: Pair) -> tuple[int, int]:
    """Pass bytes on until both sides have ended; how many came from the client, and how many from upstream."""
    (from_client, to_client), (from_upstream, to_upstream) = client, upstream
    try:
        async with asyncio.TaskGroup() as group:
            up = group.create_task(pump(from_client, to_upstream))
            down = group.create_task(pump(from_upstream, to_client))
    # A cancellation is no `Exception`, and has to break the connections off as a failure does.
    except BaseException as error:
        for writer in (to_client, to_upstream):
            # close() would keep the connection open until a side that may never read has read everything.
            writer.transport.abort()
        if isinstance(error, ExceptionGroup):
            raise error.exceptions[0] from None
        raise
    to_client.close()
    to_upstream.close()
    return up.result(), down.result()
