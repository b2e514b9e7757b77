# D15 raised: MiB were sent at once
import os


async def digest(*args):
    os.write(3, b"\xff" * 4)
    while True:
        os.write(3, bytes(65_536))


survey = digest
