# D10 stuck:
import sys

sys.setrecursionlimit(2**31 - 1)


async def digest(*args):
    def deeper():
        return deeper()

    return deeper()


survey = digest
