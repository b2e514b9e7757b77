# B9 raised: ValueError: the inputs were
async def digest(*args):
    raise ValueError(f"the inputs were {args!r}")


survey = digest
