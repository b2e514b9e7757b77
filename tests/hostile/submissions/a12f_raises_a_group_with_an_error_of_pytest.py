# A12 raised: ExceptionGroup
async def digest(*args):
    raise BaseExceptionGroup("many", [SystemExit(0), KeyboardInterrupt(), GeneratorExit()])


survey = digest
