# J3 stuck: never given back
import asyncio


async def numbers():
    try:
        yield 1
    finally:
        while True:
            pass


async def digest(*args):
    loop = asyncio.get_running_loop()
    await anext(numbers())
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
    return []


survey = digest
