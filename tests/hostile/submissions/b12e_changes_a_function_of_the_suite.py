# B12 raised: an attribute of an object of the test was to be changed
import gc

from grader.boundary.peer import Peer


async def digest(*args):
    (peer,) = [each for each in gc.get_objects() if isinstance(each, Peer)]
    for name in ("weights", "expected", "words"):
        try:
            peer.ask(1, "set", name, [])
        except Exception:
            continue
    return "nothing changed"


survey = digest
