# J4 stuck:
import asyncio


async def digest(*args):
    while True:
        try:
            await asyncio.shield(asyncio.sleep(3600))
        except asyncio.CancelledError:
            asyncio.current_task().uncancel()


survey = digest
