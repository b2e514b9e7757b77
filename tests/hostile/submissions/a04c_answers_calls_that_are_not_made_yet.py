# A4 raised: a call that was never made, or has ended, was answered
import gc

from grader.boundary.channel import Channel
from grader.boundary.messages import Idle, Returned


async def digest(*args):
    (channel,) = [each for each in gc.get_objects() if isinstance(each, Channel)]
    channel.send(Idle(None, tuple(Returned(number, "forged") for number in range(1, 200))))
    return "garbage"


survey = digest
