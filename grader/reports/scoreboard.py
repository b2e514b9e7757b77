"""The class as one table: in the terminal, and as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator
from typing import get_args

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from grader.records.results import DIMENSIONS, ClassResult, Ending, ExerciseResult
from grader.reports.clean import clean
from grader.reports.wording import percent, points
from grader.reports.wrapping import shorten

_ENDINGS: tuple[Ending, ...] = get_args(Ending)
_LONGEST_NAME = 24
_SPACE = 2
_NUMBER = re.compile(r"[0-9]{1,9}")
# What a spreadsheet takes for the beginning of a formula, the full-width forms included.
_FORMULA = re.compile(r"\s*[=+\-@|%＝＋－＠]|[\t\r\n]")
_ENDS = ("problem", "handed_in", "late", "adjusted")
#: Marks points of which lateness has taken some, or which a person has adjusted.
PENALTY, ADJUSTED = "*", "±"
# Enough decimals for a third of a point, few enough to hide the noise of adding floats.
_CSV_PLACES = 4


class Scores:
    """The points of a class, by student and exercise."""

    def __init__(self, result: ClassResult) -> None:
        self._by_student = {
            student.student: {exercise.exercise: exercise for exercise in student.exercises}
            for student in result.students
        }
        self.total = sum(self.possible(name) for name in exercise_names(result))
        totals = [student.score for student in result.students]
        self.mean_total = sum(totals) / len(totals) if totals else 0.0

    def of(self, student: str, exercise: str) -> ExerciseResult | None:
        """One result, or None where this exercise was not graded for this student."""
        return self._by_student[student].get(exercise)

    def _all(self, exercise: str) -> list[ExerciseResult]:
        return [results[exercise] for results in self._by_student.values() if exercise in results]

    def title(self, exercise: str) -> str:
        """The title of an exercise."""
        return next((result.title for result in self._all(exercise) if result.title), exercise)

    def possible(self, exercise: str) -> float:
        """The points that an exercise is worth."""
        return max((result.points for result in self._all(exercise)), default=0.0)

    def mean(self, exercise: str) -> float:
        """The mean points, after penalties, of those for whom an exercise was graded."""
        counted = [result.score for result in self._all(exercise)]
        return sum(counted) / len(counted) if counted else 0.0


class Scoreboard:
    """A table of students and exercises that breaks into several where the terminal is narrow."""

    def __init__(self, result: ClassResult) -> None:
        self._result = result
        self._scores = Scores(result)
        self._names = exercise_names(result)
        self._headings = _headings(self._names)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self._result.students:
            yield Text("No submissions were graded.")
            return
        ends = self._ends()
        for number, columns in enumerate(self._pages(options.max_width)):
            if number:
                yield Text()
            yield self._table([*ends, *columns] if number == 0 else columns)
        if taken := sum(student.penalty for student in self._result.students):
            yield Text(
                f"\n{PENALTY} after a penalty for lateness; {points(taken)} points are taken in all.", style="dim"
            )
        if any(exercise.adjusted for student in self._result.students for exercise in student.exercises):
            yield Text(f"\n{ADJUSTED} adjusted by hand.", style="dim")

    def _students(self) -> list[Text]:
        return [Text(shorten(clean(one.student), _LONGEST_NAME)) for one in self._result.students]

    def _ends(self) -> list[list[Text]]:
        """The totals come first, where no width can push them out of sight."""
        total = [Text("total"), Text(f"of {points(self._scores.total)}", style="dim")]
        share = [Text(), Text()]
        for student in self._result.students:
            total.append(Text(points(student.score), style="bold"))
            share.append(Text(percent(student.score, self._scores.total), style="dim"))
        return [total, share]

    def _column(self, name: str) -> list[Text]:
        possible = Text(f"of {points(self._scores.possible(name))}", style="dim")
        cells = [_cell(self._scores.of(one.student, name)) for one in self._result.students]
        return [Text(self._headings[name]), possible, *cells]

    def _pages(self, width: int) -> Iterator[list[list[Text]]]:
        """Columns of exercises in groups that fit beside the names, the first beside the totals too."""
        names = max(7, *(text.cell_len for text in self._students())) + _SPACE
        room = width - names - sum(map(_width, self._ends()))
        page: list[list[Text]] = []
        for column in map(self._column, self._names):
            if page and sum(map(_width, [*page, column])) > room:
                yield page
                page, room = [], width - names
            page.append(column)
        yield page

    def _table(self, columns: list[list[Text]]) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, _SPACE, 0, 0), header_style="bold")
        table.add_column("student", no_wrap=True)
        for column in columns:
            table.add_column(column[0], justify="right", no_wrap=True)
        for cells in zip([Text(), *self._students()], *(column[1:] for column in columns), strict=True):
            table.add_row(*cells)
        return table


def _width(column: list[Text]) -> int:
    return max(text.cell_len for text in column) + _SPACE


def scoreboard(result: ClassResult) -> Scoreboard:
    """Return the table of a class for ``Console.print``: students, exercises, totals."""
    return Scoreboard(result)


def scores_csv(result: ClassResult) -> str:
    """Return one row for each student and exercise; the same results give the same bytes on any machine."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    counts = [ending.replace(" ", "_") for ending in _ENDINGS]
    writer.writerow(
        ["student", "exercise", "points", "earned", "penalty", "adjustment", "score", *DIMENSIONS, *counts, *_ENDS]
    )
    for student in result.students:
        for exercise in student.exercises:
            endings = [test.ending for test in exercise.tests]
            writer.writerow(
                [
                    safe_cell(student.student),
                    safe_cell(exercise.exercise),
                    points(exercise.points, _CSV_PLACES),
                    points(exercise.earned, _CSV_PLACES),
                    points(exercise.penalty, _CSV_PLACES),
                    points(exercise.adjustment, _CSV_PLACES),
                    points(exercise.score, _CSV_PLACES),
                    *(points(exercise.by_dimension(dimension)[0], _CSV_PLACES) for dimension in DIMENSIONS),
                    *(endings.count(ending) for ending in _ENDINGS),
                    safe_cell(exercise.problem),
                    exercise.handed_in.isoformat() if exercise.handed_in else "",
                    safe_cell(exercise.late),
                    safe_cell("; ".join(exercise.adjusted)),
                ]
            )
    return file.getvalue()


def exercise_names(result: ClassResult) -> list[str]:
    """All exercises that anyone was graded on, in the order of the course."""
    return in_course_order(exercise.exercise for student in result.students for exercise in student.exercises)


def in_course_order(names: Iterable[str]) -> list[str]:
    """Each of these names of exercises once, in the order of the course."""
    # The number of its folder gives an exercise its place, even where the first student lacks it.
    return sorted(dict.fromkeys(names), key=lambda name: int(match[0]) if (match := _NUMBER.match(name)) else math.inf)


def _headings(names: list[str]) -> dict[str, str]:
    """The number of an exercise's folder where that tells them apart, or else a short name."""
    numbers = {name: match[0] for name in names if (match := _NUMBER.match(name))}
    if len(set(numbers.values())) == len(names):
        return numbers
    return {name: shorten(clean(name), 12) for name in names}


def _cell(exercise: ExerciseResult | None) -> Text:
    if exercise is None:
        return Text("–", style="dim")
    if exercise.problem:
        return Text(f"!{points(exercise.score)}", style="yellow")
    if exercise.score >= exercise.points:
        return Text(f"{points(exercise.score)}{mark(exercise)}", style="bold")
    return Text(f"{points(exercise.score)}{mark(exercise)}", style="dim" if exercise.score <= 0 else "")


def mark(exercise: ExerciseResult) -> str:
    """The signs that tell points which are not what the tests gave."""
    return (PENALTY if exercise.penalty else "") + (ADJUSTED if exercise.adjusted else "")


def safe_cell(text: str) -> str:
    """`text` as a cell that no spreadsheet evaluates."""
    text = clean(text)
    return f"'{text}" if _FORMULA.match(text) else text
