"""The gradebook of a class as a wide CSV: one row for each student, one column for each exercise."""

from __future__ import annotations

from collections.abc import Iterable

from grader.exports.files import Export, File, Options, Students, unjudged
from grader.exports.reading import final, final_total, without_tests
from grader.exports.sheet import written
from grader.records.results import StudentResult
from grader.reports.scoreboard import in_course_order, safe_cell
from grader.reports.wording import points

# Enough decimals for a third of a point, few enough to hide the noise of adding floats.
_PLACES = 4


def export(students: Students, options: Options) -> Export:
    """One row for each student: number, points in each exercise, their sum. Blank is not graded, or not final."""
    small = list(map(without_tests, students))
    names = in_course_order(exercise.exercise for student in small for exercise in student.exercises)
    rows = [
        ["student", "ident", *map(safe_cell, names), "total", "possible"],
        *(_row(student, names) for student in small),
    ]
    return Export([File("gradebook.csv", written(rows))], unjudged(small, "their cells are blank"))


def _row(student: StudentResult, names: list[str]) -> list[str]:
    scores = {exercise.exercise: final(exercise) for exercise in student.exercises}
    possible = sum(exercise.points for exercise in student.exercises)
    return [
        safe_cell(student.student),
        safe_cell(student.ident),
        *_cells(scores.get(name) for name in names),
        *_cells([final_total(student)]),
        points(possible, _PLACES),
    ]


def _cells(scores: Iterable[float | None]) -> list[str]:
    return ["" if score is None else points(score, _PLACES) for score in scores]
