# D17 stuck:
import asyncio


async def digest(*args):
    while True:
        await asyncio.start_server(print, "localhost", 0)
