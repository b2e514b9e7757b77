# D16 stuck: of processor time
import signal

signal.signal(signal.SIGALRM, lambda number, frame: None)
signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)


async def digest(*args):
    while True:
        pass
