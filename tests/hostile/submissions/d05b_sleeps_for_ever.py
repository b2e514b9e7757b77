# D5 stuck: ten virtual days
import asyncio


async def digest(*args):
    await asyncio.sleep(1e12)
