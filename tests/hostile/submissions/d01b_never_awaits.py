# D1 stuck: (digest)
async def digest(*args):
    while True:
        pass
