# D14 raised once: printed more than
async def digest(*args):
    while True:
        print("all tests passed" * 10_000)


survey = digest
