# D4 stuck: of processor time
async def endless():
    try:
        yield 1
    finally:
        while True:
            pass


async def digest(*args):
    numbers = endless()
    await anext(numbers)
    await numbers.aclose()
