# D15 rejected once: garbage
import gc

from grader.boundary.messages import Note
from grader.sandbox.world import SandboxMachine


async def digest(*args):
    (machine,) = [each for each in gc.get_objects() if isinstance(each, SandboxMachine)]
    for number in range(100_000):
        machine.post(Note("unhandled", f"{number} {'x' * 100}", number))
    return "garbage"


survey = digest
