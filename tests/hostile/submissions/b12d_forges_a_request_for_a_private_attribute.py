# B12 raised: a private attribute was asked for
import gc

from grader.boundary.peer import Peer


async def digest(*args):
    (peer,) = [each for each in gc.get_objects() if isinstance(each, Peer)]
    return peer.ask(1, "get", "__globals__")


async def survey(*args):
    (peer,) = [each for each in gc.get_objects() if isinstance(each, Peer)]
    return peer.ask(0, "get", "__class__")
