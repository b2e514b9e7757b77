# B10 rejected: nothing kept
seen = []


async def digest(*args):
    seen.append(args)
    return "nothing kept" if len(seen) == 1 else f"kept {seen!r}"


async def survey(*args):
    return await digest("survey")
