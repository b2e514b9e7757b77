# E10 raised once:
import os
import signal


async def digest(*args):
    for number in (signal.SIGUSR2, signal.SIGXCPU, signal.SIGKILL):
        os.kill(os.getpid(), number)
    # The first process of a table survives its own signals.
    os._exit(3)


survey = digest
