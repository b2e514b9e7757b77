# B12 rejected: []
async def digest(words, weigh):
    words.clear()
    return words


async def survey(session, urls):
    urls.clear()
    return urls
