# C4 raised: too large to be passed on
async def digest(*args):
    return 1 << 4_000_000


survey = digest
