# D4 stuck: something repeats for ever
import asyncio


async def digest(*args):
    while True:
        try:
            await asyncio.sleep(86_400)
        except BaseException:
            continue
