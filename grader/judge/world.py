"""The judge's half of the world: its machine gives the turn to the sandbox and moves the clock for both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.judge.diagnosis import waiting_facts
from grader.judge.endings import GraderFault, Stuck, SubmissionFault
from grader.judge.recorder import Recorder
from grader.judge.switchboard import WorldNetwork
from grader.records.results import Fact
from grader.simulation import Machine, SimulatedLoop

if TYPE_CHECKING:
    from grader.judge.companion import Companion

#: Virtual seconds after which a test counts as never ending: something keeps the clock going.
MOST_VIRTUAL_SECONDS = 10 * 86_400.0
#: Times that the clock moves on for the test alone, while nothing reaches the submission and it has no timer.
MOST_MOVES_ALONE = 20_000


class JudgeMachine(Machine):
    """The machine of one test. Until a sandbox joins it, it behaves like any other."""

    def __init__(self, *, seed: int = 0) -> None:
        super().__init__(seed=seed)
        self.network: WorldNetwork = WorldNetwork(self)
        self.recorder = Recorder(lambda: self.now)
        self.companion: Companion | None = None
        self.fault: SubmissionFault | GraderFault | None = None
        self._told = False
        self._moves_alone = 0

    @property
    def loop(self) -> SimulatedLoop:
        """The test's own event loop."""
        return self.loops[0]

    def advance(self, deadline: float | None) -> None:
        """Settle this side, then give the turn to the sandbox, then move the clock to the earlier deadline.

        Raises:
            SubmissionFault: the submission has ended the test. Told once; what is torn down afterwards
                runs without the sandbox.
        """
        if self.fault is not None and not self._told:
            self._told = True
            raise self.fault
        try:
            self._advance(deadline)
        except (SubmissionFault, GraderFault):
            self._told = True
            raise

    def _advance(self, deadline: float | None) -> None:
        companion = self.companion
        if companion is None:
            super().advance(deadline)
        elif companion.deliver_replies():
            return
        elif companion.has_something_to_do:
            self._moves_alone = 0
            companion.turn()
        else:
            theirs = companion.deadline
            if deadline is None and theirs is None:
                self.recorder.mark("deadlock", "deadlock")
                deadlock = Stuck(
                    f"Deadlock at {self.now:g} s: everything waits, and nothing is left that could wake it."
                )
                raise self._with_what_waits(companion, deadlock)
            # At a tie the test goes first.
            if theirs is None or (deadline is not None and deadline <= theirs):
                self.now = deadline if deadline is not None else self.now
                self._moves_alone += theirs is None
            else:
                self.now = theirs
                self._moves_alone = 0
                companion.turn()
            if self._moves_alone > MOST_MOVES_ALONE:
                self.recorder.mark("stuck", "stuck")
                alone = Stuck("The code waits for ever: what goes on around it never gives it anything to do.")
                raise self._with_what_waits(companion, alone)
            if self.now > MOST_VIRTUAL_SECONDS:
                companion.examine()
                raise companion.fail(Stuck("The code still runs after ten virtual days: something repeats for ever."))

    def _with_what_waits(self, companion: Companion, stuck: Stuck) -> SubmissionFault | GraderFault:
        """End the test, and name what waits in the sandbox."""
        inspection = companion.inspect()
        stuck.facts = (*waiting_facts(inspection), Fact("when", f"{self.now:g} s"))
        stuck.line = next((waiting.line for waiting in inspection.waiting if waiting.line), None)
        companion.examine(stuck=True)
        return companion.fail(stuck)
