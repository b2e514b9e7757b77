# D17 stuck:
import asyncio


async def digest(*args):
    loop = asyncio.get_running_loop()

    def tick():
        for _ in range(2):
            loop.call_later(0.000001, tick)

    tick()
    await asyncio.sleep(1)
