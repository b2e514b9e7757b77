"""A task passes on one piece; the relay looks at what it has done, and starts the next."""

import asyncio

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def pass_one(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> int:
    """Pass on what has come from `source`, or its end; the number of bytes."""
    piece = await source.read(4096)
    if piece:
        sink.write(piece)
        await sink.drain()
    else:
        sink.write_eof()
    return len(piece)


async def relay(client: Pair, upstream: Pair) -> tuple[int, int]:
    """Pass bytes on until both sides have ended; how many came from the client, and how many from upstream."""
    ways = [(client[0], upstream[1]), (upstream[0], client[1])]
    passed = [0, 0]
    steps = {asyncio.create_task(pass_one(*way)): which for which, way in enumerate(ways)}
    try:
        while steps:
            done, _ = await asyncio.wait(steps, return_when=asyncio.FIRST_COMPLETED)
            for step in done:
                which = steps.pop(step)
                passed[which] += step.result()
                if step.result():
                    steps[asyncio.create_task(pass_one(*ways[which]))] = which
    except BaseException:
        for _, writer in (upstream, client):
            writer.transport.abort()
        for step in steps:
            step.cancel()
        await asyncio.gather(*steps, return_exceptions=True)
        raise
    for _, writer in (upstream, client):
        writer.close()
    return passed[0], passed[1]
