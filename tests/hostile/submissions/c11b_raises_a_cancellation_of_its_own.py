# C11 raised: CancelledError
import asyncio


async def digest(*args):
    raise asyncio.CancelledError


async def survey(*args):
    asyncio.current_task().cancel()
    await asyncio.sleep(1)
