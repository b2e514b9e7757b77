"""The honest submission, which is judged after each attack and gets full marks."""

import asyncio


async def weighed(word, weigh):
    return len(word) * await weigh(word)


async def text_of(session, url):
    async with session.get(url) as response:
        return await response.text()


async def digest(words, weigh):
    return await asyncio.gather(*(weighed(word, weigh) for word in words))


async def survey(session, urls):
    return await asyncio.gather(*(text_of(session, url) for url in urls))
