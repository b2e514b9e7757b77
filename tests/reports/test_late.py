"""Points after a penalty for lateness: what counts is shown, and so is that something was taken, and why."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import msgspec
from rich.console import Console

from grader.records.results import ClassResult, ExerciseResult, Machine, StudentResult
from grader.reports.cells import Links
from grader.reports.class_page import class_page
from grader.reports.scoreboard import scoreboard, scores_csv
from grader.reports.student_page import student_page

WHEN = datetime(2026, 10, 2, 8, 30, tzinfo=UTC)
SENTENCE = "Handed in 9 h after the deadline: 10% for each day begun."


def exercise(earned: float, penalty: float, late: str = SENTENCE) -> ExerciseResult:
    return ExerciseResult("01_x", "X", 10, earned, handed_in=WHEN, penalty=penalty, late=late)


def class_of(*exercises: ExerciseResult) -> ClassResult:
    students = tuple(StudentResult(f"student {n}", (each,)) for n, each in enumerate(exercises, 1))
    return ClassResult(students, Machine("3.13", "Linux", "3.14", "full"))


def printed(result: ClassResult) -> str:
    file = io.StringIO()
    Console(file=file, width=100, color_system=None).print(scoreboard(result))
    return file.getvalue()


def test_the_scoreboard_shows_what_counts_and_says_so() -> None:
    """The total is after the penalty, the cell is marked, and a line says what the mark means."""
    assert printed(class_of(exercise(9.3, 0.93), exercise(9.3, 0, ""))).splitlines() == [
        "student    total          01",
        "           of 10       of 10",
        "student 1   8.37  83%  8.37*",
        "student 2    9.3  93%    9.3",
        "",
        "* after a penalty for lateness; 0.93 points are taken in all.",
    ]


def test_nothing_is_said_where_nothing_is_taken() -> None:
    """Without a penalty there is no mark and no line about marks."""
    result = class_of(exercise(9, 0))

    assert "*" not in printed(result)
    assert "penalty" not in class_page(result, Links({}, {}))


def test_the_csv_keeps_what_was_earned_apart() -> None:
    """Points earned, the penalty, the score, the time and the reason are columns of their own."""
    (row,) = csv.DictReader(io.StringIO(scores_csv(class_of(exercise(9.3, 0.93)))))

    assert (row["earned"], row["penalty"], row["score"]) == ("9.3", "0.93", "8.37")
    assert (row["handed_in"], row["late"]) == ("2026-10-02T08:30:00+00:00", SENTENCE)


def test_the_pages_show_the_score_and_the_reason() -> None:
    """A student reads what was earned, what was taken, and by which rule."""
    result = class_of(exercise(9.3, 0.93))
    page = student_page(result.students[0], result.machine)

    assert "<strong>8.37</strong>" in page
    assert "9.3 earned, less 0.93 for lateness." in page
    assert f'<p class="late">{SENTENCE}</p>' in page
    assert "“*” is after a penalty for lateness" in class_page(result, Links({}, {}))
    assert f"8.37 of 10 points. {SENTENCE}" in class_page(result, Links({}, {}))


def test_results_of_before_are_still_read() -> None:
    """A result that was written without these fields reads as one that was not late."""
    old = b'{"exercise": "01_x", "title": "X", "points": 10, "earned": 9.3}'

    assert msgspec.json.decode(old, type=ExerciseResult).score == 9.3
    assert msgspec.json.decode(msgspec.json.encode(exercise(9.3, 0.93)), type=ExerciseResult) == exercise(9.3, 0.93)
