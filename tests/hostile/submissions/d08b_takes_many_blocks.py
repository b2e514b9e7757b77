# D8 raised: MemoryError
async def digest(*args):
    blocks = [bytes(2**24) for _ in range(192)]
    return len(blocks)


survey = digest
