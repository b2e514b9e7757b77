# D4 stuck: of processor time
import asyncio


async def digest(*args):
    try:
        await asyncio.sleep(0)
    finally:
        while True:
            pass
