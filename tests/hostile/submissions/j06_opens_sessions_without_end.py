# J6 rejected:
import aiohttp

kept = []


async def digest(*args):
    for _ in range(500):
        kept.append(aiohttp.ClientSession())
    return []


survey = digest
