# C4 rejected: nan
import math


async def digest(words, *args):
    return [math.nan, math.inf, -0.0, 1e400, -math.inf, math.nan]


survey = digest
