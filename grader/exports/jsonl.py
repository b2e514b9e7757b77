"""JSON Lines: one object for each student and exercise, for scripts and data frames."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from grader.exports.feedback import about
from grader.exports.files import Export, File, Options, Students, unjudged
from grader.exports.reading import final, without_tests
from grader.records.results import DIMENSIONS, ExerciseResult, StudentResult, TestResult
from grader.reports.clean import clean_json
from grader.reports.feedback import Feedback, sentence_of
from grader.rubric import total


class _Rule(msgspec.Struct, frozen=True):
    """A test as students may know it."""

    sentence: str
    dimension: str
    points: float
    earned: float
    ending: str


class _Line(msgspec.Struct, frozen=True):
    """One exercise of one student. `score` is null where the grader failed: it is not known."""

    student: str
    ident: str
    exercise: str
    title: str
    points: float
    score: float | None
    earned: float
    penalty: float
    adjustment: float
    dimensions: dict[str, tuple[float, float]]
    handed_in: datetime | None
    attempt: int | None
    source_digest: str
    said: tuple[str, ...]
    tests: tuple[_Rule | TestResult, ...]


def export(students: Students, options: Options) -> Export:
    """A line for each student and exercise."""
    said = unjudged(map(without_tests, students), "their score is null")
    return Export([File("results.jsonl", _lines(students, options.feedback))], said)


def _lines(students: Students, feedback: Feedback) -> Iterator[str]:
    for student in students:
        for exercise in student.exercises:
            yield clean_json(msgspec.json.encode(_line(student, exercise, feedback)).decode()) + "\n"


def _line(student: StudentResult, exercise: ExerciseResult, feedback: Feedback) -> _Line:
    return _Line(
        student=student.student,
        ident=student.ident,
        exercise=exercise.exercise,
        title=exercise.title,
        points=exercise.points,
        score=final(exercise),
        earned=exercise.earned,
        penalty=exercise.penalty,
        adjustment=exercise.adjustment,
        dimensions={name: _share(exercise, name) for name in DIMENSIONS},
        handed_in=exercise.handed_in,
        attempt=exercise.attempt,
        source_digest=exercise.source_digest,
        said=tuple(about(exercise, feedback)),
        tests=tuple(_tests(exercise, feedback)),
    )


def _share(exercise: ExerciseResult, dimension: str) -> tuple[float, float]:
    tests = [test for test in exercise.tests if test.dimension == dimension]
    return total(test.earned for test in tests), total(test.points for test in tests)


def _tests(exercise: ExerciseResult, feedback: Feedback) -> Iterator[_Rule | TestResult]:
    for test in exercise.tests:
        if feedback == "full":
            yield test
        elif feedback == "sentences":
            yield _Rule(sentence_of(test), test.dimension, test.points, test.earned, test.ending)
