# C8 rejected: garbage
import time


async def digest(*args):
    total = 0
    for number in range(300_000):
        total += number
    assert time.monotonic() >= 0
    return "garbage"


survey = digest
