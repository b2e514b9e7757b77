# A2 raised: ended its own process (exit status 0)
import os


class Bomb:
    def __del__(self):
        os._exit(0)


async def digest(*args):
    Bomb()


survey = digest
