"""TCP proxy: pass bytes on between two connections."""

import asyncio

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def relay(client: Pair, upstream: Pair) -> tuple[int, int]:
    """Pass bytes on until both sides have ended; how many came from the client, and how many from upstream."""
    (from_client, to_client), (from_upstream, to_upstream) = client, upstream
    # TODO: serve both directions, end each of them by itself, and close or break off both connections.
    request = await from_client.read()
    to_upstream.write(request)
    answer = await from_upstream.read()
    to_client.write(answer)
    return len(request), len(answer)
