# D8 raised once: MemoryError
async def digest(*args):
    blocks = []
    for _ in range(48):
        blocks.append(b"x" * 2**26)
    return len(blocks)


survey = digest
