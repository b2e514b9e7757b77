"""The page of a class: how it did at a glance, then the table of all students."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple

import msgspec
from markupsafe import Markup

from grader.records.results import DIMENSIONS, ClassResult, StudentResult
from grader.reports.cells import Links, linked, points_cell
from grader.reports.feedback import sentence_of
from grader.reports.histogram import histogram
from grader.reports.tallies import ExerciseTally, Graded, TestTally, distinct, full_marks, possible, tallies
from grader.reports.templating import environment, script
from grader.reports.wording import percent, points

#: So many tests, submissions and errors of the grader are listed; the pages of the exercises have the rest.
MOST_LISTED = 10
MOST_ERRORS = 50


class _ExerciseRow(msgspec.Struct, frozen=True):
    """One exercise of the heat map."""

    tally: ExerciseTally
    link: str
    heats: tuple[tuple[str, str], ...]
    full: int
    usual_seconds: float | None
    most_seconds: float | None


class _HardTest(NamedTuple):
    """One of the tests that fewest submissions pass."""

    exercise: ExerciseTally
    tally: TestTally
    sentence: str
    link: str


class _Listed(NamedTuple):
    """One student's submission to one exercise."""

    exercise: ExerciseTally
    graded: Graded
    link: str
    said: str = ""


def class_page(result: ClassResult, links: Links) -> str:
    """Return the page of the class. `links` are the addresses of the other pages."""
    tallied = tallies(result)
    total = possible(tallied)
    scores = [student.score for student in result.students]
    source, policy = script("tables.js")
    return (
        environment()
        .get_template("class.html.j2")
        .render(
            script=source,
            policy=policy,
            machine=result.machine,
            dimensions=DIMENSIONS,
            exercises=[_exercise_row(tally, links) for tally in tallied],
            rows=[
                _student_row(student, score, tallied, total, links)
                for student, score in zip(result.students, scores, strict=True)
            ],
            submissions=sum(len(tally.tested) for tally in tallied),
            full=full_marks(scores, total),
            possible=total,
            mean=sum(scores) / len(scores) if scores else 0.0,
            median=median(scores) if scores else 0.0,
            histogram=histogram(scores, total),
            hardest=_hardest(tallied, links),
            slowest=_slowest(tallied, links),
            errors=_errors(tallied, links),
            most_errors=MOST_ERRORS,
            late=any(student.penalty for student in result.students),
            adjusted=any(exercise.adjusted for student in result.students for exercise in student.exercises),
        )
    )


def heat(earned: float, possible: float) -> tuple[str, str]:
    """(class, text) of a cell of a heat map."""
    if possible <= 0:
        return "absent", "–"
    return f"h{min(int(10 * earned / possible + 1e-9), 9)}", percent(earned, possible)


def _exercise_row(tally: ExerciseTally, links: Links) -> _ExerciseRow:
    seconds = tally.seconds
    return _ExerciseRow(
        tally=tally,
        link=links.exercise(tally.name),
        heats=(heat(sum(tally.scores), tally.points * len(tally.graded)), *(heat(*tally.of(d)) for d in DIMENSIONS)),
        full=full_marks(tally.scores, tally.points),
        usual_seconds=median(seconds) if seconds else None,
        most_seconds=max(seconds, default=None),
    )


def _student_row(
    student: StudentResult, score: float, tallied: list[ExerciseTally], total: float, links: Links
) -> Markup:
    """A row of the table, made here because a template needs ten times as long for ten thousands of cells."""
    results = {exercise.exercise: exercise for exercise in student.exercises}
    return Markup('<tr><th scope="row">{}</th><td><strong>{}</strong></td><td>{}</td>{}</tr>').format(
        linked(student.student, links.student(student.student)),
        points(score),
        percent(score, total),
        Markup("").join(points_cell(results.get(tally.name)) for tally in tallied),
    )


def _hardest(tallied: list[ExerciseTally], links: Links) -> list[_HardTest]:
    found = [(tally, test) for tally in tallied for test in tally.tests if test.failed]
    found.sort(key=lambda each: each[1].passed / each[1].judged)
    return [
        _HardTest(tally, test, sentence_of(test.test), links.exercise(tally.name, test.number))
        for tally, test in found[:MOST_LISTED]
    ]


def _slowest(tallied: list[ExerciseTally], links: Links) -> list[_Listed]:
    found = [(tally, one) for tally in tallied for one in distinct(tally.graded) if one.result.real_seconds > 0]
    found.sort(key=lambda each: -each[1].result.real_seconds)
    return [_Listed(tally, one, links.student(one.student, tally.name)) for tally, one in found[:MOST_LISTED]]


def _errors(tallied: list[ExerciseTally], links: Links) -> list[_Listed]:
    return [
        _Listed(tally, one, links.student(one.student, tally.name), _failures(one))
        for tally in tallied
        for one in tally.graded
        if one.result.has_grader_error
    ]


def _failures(graded: Graded) -> str:
    """Where the grader failed at one submission."""
    names = [test.name for test in graded.result.tests if test.ending == "grader error"]
    return graded.result.problem or ", ".join(names)
