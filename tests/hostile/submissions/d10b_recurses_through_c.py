# D10 raised once: SIGSEGV
import sys

sys.setrecursionlimit(2**31 - 1)


async def digest(*args):
    def deeper(value):
        return max([value], key=deeper)

    return deeper(1)


survey = digest
