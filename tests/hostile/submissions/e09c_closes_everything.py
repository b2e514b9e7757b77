# E9 raised once:
import os


async def digest(*args):
    os.closerange(0, 64)
    return "garbage"


survey = digest
