# J1 stuck: never given back
import asyncio


async def digest(*args):
    loop = asyncio.get_running_loop()
    loop.time = lambda: 1e6
    await asyncio.sleep(3)
    loop.time = lambda: -5.0
    await asyncio.sleep(3)
    return []


survey = digest
