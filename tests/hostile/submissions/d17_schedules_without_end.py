# D17 stuck:
import asyncio


async def digest(*args):
    loop = asyncio.get_running_loop()

    def again():
        for _ in range(2):
            loop.call_soon(again)

    again()
    await asyncio.sleep(1)
