"""A class counted by exercise and by test, for the pages of the class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean, median
from typing import NamedTuple

from grader.records.results import DIMENSIONS, ClassResult, Dimension, Ending, ExerciseResult, TestResult
from grader.reports.scoreboard import exercise_names


class TestTally:
    """How one test ended, over all submissions on which it was run."""

    __test__ = False

    def __init__(self, test: TestResult, number: int) -> None:
        #: The test as one of the submissions met it; `number` is its place in the suite, from 1.
        self.test = test
        self.number = number
        self.endings: dict[Ending, int] = {}

    @property
    def judged(self) -> int:
        """Submissions on which the test reached a verdict."""
        return sum(self.endings.values()) - self.endings.get("grader error", 0)

    @property
    def passed(self) -> int:
        return self.endings.get("passed", 0)

    @property
    def failed(self) -> int:
        return self.judged - self.passed


class Graded(NamedTuple):
    """What one student has in one exercise."""

    student: str
    result: ExerciseResult


class ExerciseTally:
    """One exercise, over all students."""

    def __init__(self, name: str, graded: Sequence[Graded]) -> None:
        self.name = name
        self.graded = graded
        self.title = next((one.result.title for one in graded if one.result.title), name)
        self.scores = [one.result.score for one in graded]
        self.points = max((one.result.points for one in graded), default=0.0)
        self._sums = dict.fromkeys(DIMENSIONS, (0.0, 0.0))
        self._tests: dict[str, TestTally] = {}
        for tests, count in _alike(one.result.tests for one in graded):
            self._add(tests, count)

    @property
    def mean(self) -> float:
        return fmean(self.scores) if self.graded else 0.0

    @property
    def median(self) -> float:
        return median(self.scores) if self.graded else 0.0

    @property
    def tested(self) -> list[Graded]:
        """Those whose submission could be tested."""
        return [one for one in self.graded if one.result.tests and not one.result.problem]

    @property
    def seconds(self) -> list[float]:
        """How long each judgement took, in real seconds; what is alike was judged once."""
        return [one.result.real_seconds for one in distinct(self.graded)]

    @property
    def tests(self) -> list[TestTally]:
        """The tests of the suite, in its order."""
        return list(self._tests.values())

    def of(self, dimension: Dimension) -> tuple[float, float]:
        """(earned, possible) points in one dimension, of all submissions that could be tested."""
        return self._sums[dimension]

    def _add(self, tests: tuple[TestResult, ...], count: int) -> None:
        """So many submissions that ended like this."""
        for number, test in enumerate(tests, 1):
            tally = self._tests.setdefault(test.name, TestTally(test, number))
            tally.endings[test.ending] = tally.endings.get(test.ending, 0) + count
            if test.ending != "grader error":
                earned, possible = self._sums[test.dimension]
                self._sums[test.dimension] = earned + count * test.earned, possible + count * test.points


def tallies(result: ClassResult) -> list[ExerciseTally]:
    """The exercises of a class, in the order of the course."""
    graded: dict[str, list[Graded]] = {name: [] for name in exercise_names(result)}
    for student in result.students:
        for exercise in student.exercises:
            graded[exercise.exercise].append(Graded(student.student, exercise))
    return [ExerciseTally(name, each) for name, each in graded.items()]


def distinct(graded: Iterable[Graded]) -> list[Graded]:
    """What was judged, each source once; the students who handed in the same are left to the first of them."""
    return list({one.result.source_digest: one for one in reversed(list(graded)) if one.result.source_digest}.values())


def _alike(suites: Iterable[tuple[TestResult, ...]]) -> list[tuple[tuple[TestResult, ...], int]]:
    """How often each of these occurs. In a brief, what is alike is one object, so that none has to be compared."""
    counts: dict[int, tuple[tuple[TestResult, ...], int]] = {}
    for tests in suites:
        counts[id(tests)] = tests, counts.get(id(tests), (tests, 0))[1] + 1
    return list(counts.values())


def possible(tallied: Iterable[ExerciseTally]) -> float:
    """The points that a class can have."""
    return sum(exercise.points for exercise in tallied)


def full_marks(scores: Iterable[float], points: float) -> int:
    """How many of `scores` are all the points, but for the noise of adding floats."""
    return sum(score >= points - 1e-9 for score in scores) if points > 0 else 0
