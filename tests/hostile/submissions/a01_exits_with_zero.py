# A1 raised: ended the program with SystemExit
import sys


async def digest(*args):
    sys.exit(0)


survey = digest
