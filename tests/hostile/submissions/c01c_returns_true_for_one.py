# C1 rejected: True
async def digest(words, *args):
    return [True] * len(words)


async def survey(session, urls):
    return [True] * len(urls)
