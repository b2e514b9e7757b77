# A4 rejected:
import asyncio


async def digest(*args):
    await asyncio.sleep(0.0625)
    return "garbage"


async def survey(*args):
    try:
        await asyncio.sleep(0.5)
    except asyncio.CancelledError:
        raise
    return "garbage"
