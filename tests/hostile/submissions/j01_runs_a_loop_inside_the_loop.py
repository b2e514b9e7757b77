# J1 raised: The code raised RuntimeError
import asyncio


async def nothing():
    return []


async def digest(*args):
    return asyncio.new_event_loop().run_until_complete(nothing())


survey = digest
