# B14 rejected: first
ANSWERS = iter(["first", "second", "third", "fourth", "fifth"])


async def digest(*args):
    return next(ANSWERS)


survey = digest
