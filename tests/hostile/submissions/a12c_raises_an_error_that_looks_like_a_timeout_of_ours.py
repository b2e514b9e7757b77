# A12 raised: TimeoutError


async def digest(*args):
    raise TimeoutError("the sandbox did not answer within 60 s")


survey = digest
