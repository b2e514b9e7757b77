"""How a test can end other than by its own assertions. Each is a sentence that a student understands."""

from __future__ import annotations

from collections.abc import Sequence

from grader.records.results import Ending, Fact


class SubmissionFault(Exception):
    """The submission ended the test: the judge saw it, and no assertion can change that.

    `cause` is one sentence, `line` the line of the submission that it points at, `how` a few words about the end
    of its process. `public` says that the sentence holds nothing of the hidden test, whatever the submission does.
    """

    ending: Ending = "raised"
    public = False

    def __init__(self, cause: str, *, facts: Sequence[Fact] = (), line: int | None = None, how: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.facts = tuple(facts)
        self.line = line
        self.how = how


class Stuck(SubmissionFault):
    """The submission will never answer: deadlock, livelock, or code that keeps the event loop."""

    ending: Ending = "stuck"


class Hung(Stuck):
    """A turn of the submission has taken too much real time."""


class Died(SubmissionFault):
    """The submission's process is gone."""


class Killed(Died):
    """Its process was ended by SIGKILL, and not by the judge.

    The kernel may have sent it for the memory that the code takes, or anybody on this machine for reasons of
    their own. A bench therefore charges it only when it happens again.
    """


class CouldNotLoad(SubmissionFault):
    """The submission could not be imported, or lacks a name that the exercise asks for."""

    public = True


class CouldNotImport(CouldNotLoad):
    """An exception ended the import of the submission. It is `public` where the test had told it nothing before."""

    def __init__(self, cause: str, *, line: int | None, public: bool) -> None:
        super().__init__(cause, line=line)
        self.public = public


class Foul(SubmissionFault):
    """The submission sent what may not be sent."""


class GraderFault(Exception):
    """Our fault: never charged to the student. The text is one sentence."""


#: What is said of a test during which the judge's own process was refused memory.
OUT_OF_MEMORY = "The grader ran out of memory."

#: What is said of a test whose code has met a breakpoint where there is no debugger, and of one that was left there.
AT_BREAKPOINT = "The code stopped at a breakpoint: run `grader check {exercise} --debug` to debug it, or take it out."
LEFT_DEBUGGER = "The debugger was left before the test had ended."
