"""The result model: one tree that feeds the terminal, the pages, JSON and CSV."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from grader.records.trace import Trace

FORMAT = "async-exercise-kit/results/1"

Dimension = Literal["correctness", "concurrency", "cancellation"]
DIMENSIONS: tuple[Dimension, ...] = ("correctness", "concurrency", "cancellation")

Ending = Literal["passed", "rejected", "raised", "stuck", "grader error"]


class Fact(msgspec.Struct, frozen=True):
    """One line under a failed test, such as ``expected`` / ``3``."""

    name: str
    value: str


class TestResult(msgspec.Struct, frozen=True):
    """How one hidden test ended.

    - `rejected`: the submission answered, and the answer or the timing was wrong.
    - `raised`: the submission raised, could not be loaded, or ended its own process.
    - `stuck`: deadlock, livelock, or code that never gives the event loop back.
    - `grader error`: our fault; never charged to the student as a wrong answer.

    `notes` explain, a sentence each, and `printed` are the last lines that the submission printed, each with the
    virtual time in front: both come from the submission's side, and nothing is decided by them.
    `points` and `earned` are scaled to the exercise's points. `line` is the line of the submission
    that the failure points at; `public` says that `cause` and `line` hold nothing of the hidden test, because the
    submission knew nothing of it when it failed. `seed` is the weather that made a test fail.
    """

    __test__ = False  # not a test class, whatever pytest thinks of the name

    name: str
    dimension: Dimension
    points: float
    earned: float
    ending: Ending
    sentence: str
    cause: str = ""
    facts: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    line: int | None = None
    public: bool = False
    seed: int | None = None
    virtual_seconds: float = 0.0
    trace: Trace = Trace()
    trace_digest: str = ""


class ExerciseResult(msgspec.Struct, frozen=True):
    """One exercise of one student. `problem` is set where no test could be run, in one sentence.

    `earned` is what the tests gave. `penalty` is what lateness takes from it, and `late` says why, or why nothing.
    `adjustment` is what people have added or taken by hand, and `adjusted` who and why.
    `attempt` counts the states of the student's file that were graded, from 1.
    """

    exercise: str
    title: str
    points: float
    earned: float
    tests: tuple[TestResult, ...] = ()
    problem: str = ""
    source_digest: str = ""
    real_seconds: float = 0.0
    handed_in: datetime | None = None
    attempt: int | None = None
    penalty: float = 0.0
    late: str = ""
    adjustment: float = 0.0
    adjusted: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """The points that count: what was earned, less the penalty, adjusted by hand; never less than 0."""
        # Through decimals, so that 9.3 less 0.93 is written 8.37.
        parts = (self.earned, -self.penalty, self.adjustment)
        return float(max(sum(Decimal(repr(part)) for part in parts), Decimal()))

    @property
    def has_grader_error(self) -> bool:
        """Whether the grader failed in any test, so that the points may be too few."""
        # A problem of the student's is that there is nothing to judge.
        return bool(self.problem and self.source_digest) or any(test.ending == "grader error" for test in self.tests)

    def by_dimension(self, dimension: Dimension) -> tuple[float, float]:
        """(earned, possible) points in one dimension."""
        tests = [test for test in self.tests if test.dimension == dimension]
        return sum(test.earned for test in tests), sum(test.points for test in tests)


class StudentResult(msgspec.Struct, frozen=True):
    """Everything that one student handed in. `ident` is the number by which a course system knows them."""

    student: str
    exercises: tuple[ExerciseResult, ...]
    ident: str = ""

    @property
    def earned(self) -> float:
        return sum(exercise.earned for exercise in self.exercises)

    @property
    def penalty(self) -> float:
        return sum(exercise.penalty for exercise in self.exercises)

    @property
    def adjustment(self) -> float:
        return sum(exercise.adjustment for exercise in self.exercises)

    @property
    def score(self) -> float:
        """The points that count: what was earned, less the penalties, adjusted by hand."""
        return sum(exercise.score for exercise in self.exercises)

    @property
    def points(self) -> float:
        return sum(exercise.points for exercise in self.exercises)


class Machine(msgspec.Struct, frozen=True):
    """Where a grading ran. Differs between machines, and counts for nothing in a score."""

    python: str
    platform: str
    aiohttp: str
    walls: str
    real_seconds: float = 0.0


class ClassResult(msgspec.Struct, frozen=True):
    """A whole grading, as written to ``results.json``.

    `input_seed` is what the suites' random inputs were drawn from: the same seed repeats the grading.
    """

    students: tuple[StudentResult, ...]
    machine: Machine
    input_seed: int = 0
    format: str = FORMAT
