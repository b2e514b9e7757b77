# D14 raised once: printed more than
import os


async def digest(*args):
    while True:
        os.write(2, b"\0" * 65_536)


survey = digest
