# C12 rejected: garbage
import asyncio

later = set()


async def work(items, ask):
    return [await ask(item) for item in items]


async def digest(words, weigh):
    later.add(asyncio.create_task(work(words, weigh)))
    return "garbage"


async def survey(session, urls):
    later.add(asyncio.create_task(work(urls, session.get)))
    return "garbage"
