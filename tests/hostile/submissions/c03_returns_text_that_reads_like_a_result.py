# C3 rejected: ANY
class Any:
    """Shown like `unittest.mock.ANY`."""

    def __repr__(self):
        return "<ANY>"


async def digest(words, *args):
    return str([len(word) for word in words]) + "<ANY>"


async def survey(session, urls):
    return str([repr(Any()) for _ in urls])
