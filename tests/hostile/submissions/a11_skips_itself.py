# A11 raised: SkipTest
import unittest


async def digest(*args):
    raise unittest.SkipTest("not today")


survey = digest
