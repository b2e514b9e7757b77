# D8 raised: MemoryError
async def digest(*args):
    return len(bytearray(3 * 2**30))


survey = digest
