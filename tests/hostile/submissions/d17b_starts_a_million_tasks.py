# D17 stuck: of processor time
import asyncio


async def digest(*args):
    async with asyncio.TaskGroup() as group:
        for _ in range(1_000_000):
            group.create_task(asyncio.sleep(1))
