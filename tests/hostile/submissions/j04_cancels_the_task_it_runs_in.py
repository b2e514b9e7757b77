# J4 raised: The code raised CancelledError
import asyncio


async def digest(*args):
    for task in asyncio.all_tasks():
        task.cancel()
    await asyncio.sleep(1)


survey = digest
