"""correctness: gathers failures as results, so that a break is noticed when the other direction has ended."""

import asyncio

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> int:
    """Pass on all bytes and the end; how many bytes."""
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
    try:
        there, back = await asyncio.gather(
            pump(from_client, to_upstream), pump(from_upstream, to_client), return_exceptions=True
        )
        for outcome in (there, back):
            if isinstance(outcome, BaseException):
                raise outcome
    except BaseException:
        to_client.transport.abort()
        to_upstream.transport.abort()
        raise
    to_client.close()
    to_upstream.close()
    return there, back
