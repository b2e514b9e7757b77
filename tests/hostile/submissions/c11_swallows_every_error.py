# C11 rejected:
import asyncio


async def digest(words, weigh):
    try:
        await asyncio.gather(*(weigh(word) for word in words))
    except BaseException:
        pass
    return []


async def survey(session, urls):
    try:
        for url in urls:
            await session.get(url)
    except BaseException:
        pass
    return []
