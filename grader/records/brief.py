"""A class's results in brief: what tables need, small enough to keep for any number of students."""

from __future__ import annotations

import msgspec

from grader.records.results import ExerciseResult, StudentResult, TestResult


class Brief:
    """Makes results small. Tests that ended alike are one object, and so are tuples of them."""

    def __init__(self) -> None:
        self._tests: dict[object, TestResult] = {}
        self._suites: dict[object, tuple[TestResult, ...]] = {}

    def student(self, result: StudentResult) -> StudentResult:
        """`result` without the facts, notes and traces of its tests."""
        return msgspec.structs.replace(result, exercises=tuple(map(self._exercise, result.exercises)))

    def _exercise(self, result: ExerciseResult) -> ExerciseResult:
        tests = tuple(self._test(result.exercise, test) for test in result.tests)
        return msgspec.structs.replace(result, tests=self._suites.setdefault((result.exercise, tests), tests))

    def _test(self, exercise: str, test: TestResult) -> TestResult:
        alike = (exercise, test.name, test.ending, test.points, test.sentence)
        if alike not in self._tests:
            self._tests[alike] = TestResult(
                test.name, test.dimension, test.points, test.earned, test.ending, test.sentence
            )
        return self._tests[alike]
