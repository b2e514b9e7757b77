"""The class in the terminal and in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.records.results import ClassResult, ExerciseResult, Machine, StudentResult
from grader.reports.scoreboard import scoreboard, scores_csv


def printed(result: ClassResult, width: int) -> str:
    file = io.StringIO()
    Console(file=file, width=width, color_system=None).print(scoreboard(result))
    return file.getvalue()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("width", [45, 100])
def test_the_scoreboard_matches_its_golden_file(
    width: int, class_result: ClassResult, matches_golden: Callable[[str, str], None]
) -> None:
    """Wide enough for all exercises, and too narrow for them."""
    matches_golden(f"scoreboard_{width}.txt", printed(class_result, width))


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_long_course_is_broken_into_tables_that_fit(width: int, machine: Machine) -> None:
    """Each exercise appears once, and no line is wider than the terminal."""
    exercises = tuple(ExerciseResult(f"{n:02}_exercise", "Exercise", 10, 3.25) for n in range(1, 31))
    lines = printed(ClassResult((StudentResult("王小明", exercises),), machine), width).splitlines()
    headings = " ".join(line for line in lines if line.startswith("student")).split()

    assert max(map(cell_len, lines)) <= width
    assert [heading for heading in headings if heading.isdigit()] == [f"{n:02}" for n in range(1, 31)]


def test_exercises_stand_in_the_order_of_the_course(class_result: ClassResult) -> None:
    """An exercise that the first student lacks still stands at its number."""
    assert printed(class_result, 100).split()[:7] == ["student", "total", "02", "12", "13", "14", "15"]


def test_an_empty_class_is_a_sentence(machine: Machine) -> None:
    """Nobody graded is said in words."""
    assert printed(ClassResult((), machine), 80) == "No submissions were graded.\n"


def test_the_csv_matches_its_golden_file(class_result: ClassResult, matches_golden: Callable[[str, str], None]) -> None:
    """One row for each student and exercise."""
    matches_golden("scores.csv", scores_csv(class_result))


def test_the_csv_is_the_same_on_another_machine(class_result: ClassResult) -> None:
    """Nothing that differs from run to run is in it."""
    other = msgspec.structs.replace(class_result, machine=Machine("3.11", "Windows", "3.15", "none", 99.0))

    assert scores_csv(other) == scores_csv(class_result)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "＝1", "|calc", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(name: str, machine: Machine) -> None:
    """A name that a spreadsheet would evaluate is written with an apostrophe, or shown escaped."""
    exercise = ExerciseResult("01_x", "X", 1, 0, problem=name)
    row = rows(scores_csv(ClassResult((StudentResult(name, (exercise,)),), machine)))[0]

    assert row["student"][0] in "'\\"
    assert row["problem"][0] in "'\\"


def test_names_with_commas_quotes_and_lines_stay_one_cell(machine: Machine) -> None:
    """A name cannot add a row or a column."""
    exercise = ExerciseResult("01_x", "X", 1, 1)
    text = scores_csv(ClassResult((StudentResult('a,"b"\nc', (exercise,)),), machine))

    assert [row["student"] for row in rows(text)] == ['a,"b"\\nc']


def test_thirds_of_points_add_up(class_result: ClassResult) -> None:
    """The noise of adding floats is not in the file."""
    finished = [row for row in rows(scores_csv(class_result)) if row["exercise"] == "16_first_wins"]

    assert {(row["points"], row["earned"], row["concurrency"], row["passed"]) for row in finished} == {
        ("4", "4", "4", "3")
    }
