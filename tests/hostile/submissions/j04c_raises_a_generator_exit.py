# J4 raised: The code raised GeneratorExit
async def digest(*args):
    raise GeneratorExit


survey = digest
