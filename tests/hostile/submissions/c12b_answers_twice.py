# C12 raised: broke the rules of the grader's boundary
import asyncio
import gc

from grader.boundary.messages import Returned
from grader.sandbox.world import SandboxMachine


async def digest(*args):
    (machine,) = [each for each in gc.get_objects() if isinstance(each, SandboxMachine)]
    (number,) = [number for number, task in machine.peer._running.items() if task is asyncio.current_task()]
    machine.post(Returned(number, "first"))
    machine.post(Returned(number, "second"))
    return "third"


survey = digest
