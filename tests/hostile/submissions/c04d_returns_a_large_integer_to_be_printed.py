# C4 rejected: an integer of
async def digest(*args):
    return 1 << 300_000


survey = digest
