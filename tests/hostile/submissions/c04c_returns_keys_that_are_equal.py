# C4 raised: a value that is not well formed
class Key(str):
    """Equal to no other, also where the text is the same."""

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return id(self)


async def digest(*args):
    return {Key("a"): 1, Key("a"): 2}


survey = digest
