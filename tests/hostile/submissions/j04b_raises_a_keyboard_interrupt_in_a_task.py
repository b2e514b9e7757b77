# J4 raised: ended the program with KeyboardInterrupt
import asyncio


async def interrupt():
    raise KeyboardInterrupt


async def digest(*args):
    await asyncio.gather(asyncio.create_task(interrupt()))


survey = digest
