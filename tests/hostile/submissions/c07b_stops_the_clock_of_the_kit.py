# C7 rejected: garbage
import asyncio

from grader.sandbox.world import SandboxMachine
from grader.simulation import Machine, SimulatedLoop

Machine.now = SandboxMachine.now = 0.0
SimulatedLoop.time = lambda self: 0.0


async def digest(*args):
    await asyncio.sleep(0)
    return "garbage"


survey = digest
