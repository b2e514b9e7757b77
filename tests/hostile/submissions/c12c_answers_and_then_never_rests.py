# C12 rejected: garbage
import asyncio

later = set()


async def tick():
    while True:
        await asyncio.sleep(0.001)


async def digest(*args):
    later.update(asyncio.create_task(tick()) for _ in range(10))
    return "garbage"


survey = digest
