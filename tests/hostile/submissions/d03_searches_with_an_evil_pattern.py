# D3 stuck: in line
import re


async def digest(*args):
    return re.fullmatch("(a+)+", "a" * 60 + "!")
