"""A simulated machine for asyncio: virtual time, and a network, programs and threads in memory.

with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
    runner.run(main())  # an hour of asyncio.sleep() takes no time
"""

from grader.simulation.errors import Deadlock, Livelock, NotSimulated, SimulationError
from grader.simulation.loop import SimulatedLoop
from grader.simulation.machine import Machine
from grader.simulation.network import Network
from grader.simulation.programs import Program, Programs

__all__ = [
    "Deadlock",
    "Livelock",
    "Machine",
    "Network",
    "NotSimulated",
    "Program",
    "Programs",
    "SimulatedLoop",
    "SimulationError",
]
