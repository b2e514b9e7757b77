# D11 raised once: was ended by SIG
import os


async def digest(*args):
    os.abort()


survey = digest
