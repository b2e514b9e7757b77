# J5 raised: The code ended its own process
import os


async def digest(*args):
    os.close(3)
    return []


survey = digest
