# D17 stuck:
import asyncio


async def digest(*args):
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.getaddrinfo(f"host{n}.test", 80) for n in range(1_000_000)), return_exceptions=True)
