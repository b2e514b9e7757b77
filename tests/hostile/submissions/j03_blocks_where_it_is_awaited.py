# J3 stuck: never given back
class Never:
    def __await__(self):
        while True:
            pass


async def digest(*args):
    return await Never()


survey = digest
