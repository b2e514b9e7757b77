# D12 rejected: OSError
import os


async def digest(*args):
    try:
        for _ in range(5_000):
            os.dup(0)
    except OSError as exc:
        return type(exc).__name__
    return "5,000 descriptors"


survey = digest
