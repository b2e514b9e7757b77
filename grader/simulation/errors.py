"""What can go wrong in a simulated machine, each with a name of its own."""

from __future__ import annotations

from collections.abc import Sequence


class SimulationError(RuntimeError):
    """The simulated machine cannot go on. `time` is in virtual seconds."""

    def __init__(self, sentence: str, *, time: float, waiting: Sequence[str] = ()) -> None:
        super().__init__("\n".join([sentence, *(f"  {line}" for line in waiting)]))
        self.sentence = sentence
        self.time = time
        self.waiting = tuple(waiting)


class Deadlock(SimulationError):
    """Everything waits and nothing is left that could wake anything."""


class Livelock(SimulationError):
    """The event loop keeps running at one instant, so that time never moves on."""


class NotSimulated(NotImplementedError):
    """The simulated machine has no such thing; the message says what to use instead.

    A subclass of `NotImplementedError`, as asyncio's own loops raise for what a platform lacks, so that
    libraries which have a fallback take it.
    """
