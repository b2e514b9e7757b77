# A14 rejected: nan
points = weight = float("nan")


async def test_weighs_each_word(*args):
    """The digest is the length of each word times its weight, in order."""


test_weighs_each_word.points = float("inf")


async def digest(*args):
    return [float("nan"), -1e308, -0.0]


survey = digest
