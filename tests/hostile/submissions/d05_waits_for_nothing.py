# D5 stuck: Deadlock
import asyncio


async def digest(*args):
    await asyncio.Event().wait()
