# C8 rejected: garbage
import time


async def digest(words, *args):
    for _ in words:
        time.sleep(1)
    return "garbage"


async def survey(session, urls):
    for _ in urls:
        time.sleep(1)
    return "garbage"
