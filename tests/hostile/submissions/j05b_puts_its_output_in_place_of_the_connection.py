# J5 raised: ended its own process
import os


async def digest(*args):
    os.dup2(1, 3)
    return []


survey = digest
