"""Canvas's gradebook: its own export, filled in, ready to be imported again.

What its importer (`lib/gradebook_importer.rb`) makes of a file: columns after `Section` are assignments, `Title (id)`;
an unknown heading becomes a new assignment, so none is ever added; a blank cell takes a grade away; `EX` excuses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.exports.files import Export, File, Options, Students, named, unjudged
from grader.exports.reading import ExportError, final, final_total, without_tests
from grader.exports.roster import cell, matched, names
from grader.exports.sheet import Sheet, number, scaled
from grader.records.results import ExerciseResult, StudentResult
from grader.reports.scoreboard import in_course_order
from grader.reports.wording import points

_ASSIGNMENT = re.compile(r"(?P<title>.*\S)\s*\((?P<id>[0-9]+)\)\s*")
_READ_ONLY = re.compile(r"(?:Unposted )?(?:Current|Final|Override) (?:Score|Points|Grade|Status)")
_NO_STUDENT = re.compile(r"\s*(?:Muted|Manual Posting.*)?\s*", re.IGNORECASE)
_EXCUSED = "ex"
#: The folder's name of what is the sum of all exercises.
_SUM = ""


@dataclass(frozen=True)
class _Column:
    """Where an exercise's points go, and how many Canvas counts for it; None where it does not say."""

    place: int
    possible: float | None


def export(students: Students, options: Options) -> Export:
    """The roster with the points of everybody who is in it. Everything else in it stays as it was.

    Raises:
        ExportError: there is no roster, or none of its columns takes points.
    """
    sheet = _checked(options.roster)
    small = list(map(without_tests, students))
    exercises = _exercises(small)
    columns = _columns(sheet, exercises, options.total)
    if not columns:
        raise ExportError(
            f"No column of {sheet.name} is that of an exercise: name the assignment after the exercise's title, "
            "or name with --total the column that is to hold the sum."
        )
    found = matched(
        small,
        _student_rows(sheet),
        cell(sheet.column("ID")),
        [
            *(cell(sheet.column(one)) for one in ("ID", "SIS User ID", "SIS Login ID", "Integration ID")),
            names(_name),
        ],
    )
    excused = sum(_fill(sheet.rows[number], columns, student) for number, student in found.rows.items())
    remarks = [*found.remarks(sheet.name), *_about_columns(sheet, columns, exercises)]
    if excused:
        remarks.append(f"Canvas excuses {_times(excused)} (EX); these cells stay as they were.")
    return Export([File("canvas.csv", sheet.text())], remarks + unjudged(small, "their cells stay as they were"))


def _checked(sheet: Sheet | None) -> Sheet:
    if sheet is None:
        raise ExportError("Canvas matches students by its own numbers: export its gradebook and name it with --roster.")
    first = sheet.header[0]
    if not (("Student" in first or "LastName" in first) and sheet.column("ID") and sheet.column("Section")):
        raise ExportError(f"{sheet.name} is not a gradebook that Canvas exported: it needs Student, ID and Section.")
    return sheet


def _name(row: Sequence[str]) -> list[str]:
    """The student's name; where Canvas exports two columns of names, the last name stands in the first."""
    # The number, in the second or the third column, tells which.
    return [row[0]] if len(row) < 3 or row[1].strip().isdecimal() else [row[0], f"{row[0]}, {row[1]}"]


def _exercises(students: list[StudentResult]) -> dict[str, ExerciseResult]:
    """One result of each exercise, for its title and points."""
    found = {exercise.exercise: exercise for student in students for exercise in student.exercises}
    return {name: found[name] for name in in_course_order(found)}


def _columns(sheet: Sheet, exercises: dict[str, ExerciseResult], total: str) -> dict[str, _Column]:
    """The columns that take points, by the exercise's name."""
    section = sheet.column("Section") or 0
    possible = next((row for row in sheet.rows[1:] if row and "Points Possible" in row[0]), [])
    by_title: dict[str, list[int]] = {}
    for place, heading in enumerate(sheet.header[section + 1 :], section + 1):
        fixed = place < len(possible) and "read only" in possible[place]
        if not fixed and not _READ_ONLY.match(heading):
            by_title.setdefault(_title(heading), []).append(place)
            by_title.setdefault(_plain(heading), []).append(place)
    wanted = {name: _titles(exercise) for name, exercise in exercises.items()}
    if total:
        if not by_title.get(_plain(total)):
            raise ExportError(f"{sheet.name} has no column {total} that takes points.")
        wanted[_SUM] = [_plain(total)]
    found = {}
    for name, titles in wanted.items():
        places = {place for title in titles for place in by_title.get(title, ())}
        if len(places) > 1:
            shown = named([sheet.header[place] for place in sorted(places)])
            raise ExportError(f"Several columns of {sheet.name} fit {name or total}: {shown}; rename all but one.")
        for place in places:
            found[name] = _Column(place, number(possible[place]) if place < len(possible) else None)
    return found


def _title(heading: str) -> str:
    assignment = _ASSIGNMENT.fullmatch(heading)
    return _plain(assignment["title"] if assignment else heading)


def _titles(exercise: ExerciseResult) -> list[str]:
    number, _, slug = exercise.exercise.partition("_")
    each = (exercise.title, exercise.exercise, slug, f"{number} {exercise.title}")
    return [plain for one in dict.fromkeys(each) if (plain := _plain(one))]


def _plain(title: str) -> str:
    return " ".join(re.findall(r"\w+", title.replace("_", " ").casefold()))


def _student_rows(sheet: Sheet) -> list[tuple[int, list[str]]]:
    return [
        (number, row)
        for number, row in enumerate(sheet.rows[1:], 1)
        if row and "Points Possible" not in row[0] and not all(map(_NO_STUDENT.fullmatch, row))
    ]


def _fill(row: list[str], columns: dict[str, _Column], student: StudentResult) -> int:
    """Fill in a student's row; return how many cells stay because Canvas excuses the student."""
    scores = {exercise.exercise: (final(exercise), exercise.points) for exercise in student.exercises}
    scores[_SUM] = final_total(student), sum(exercise.points for exercise in student.exercises)
    excused = 0
    for name, column in columns.items():
        score, ours = scores.get(name, (None, 0.0))
        if score is None:
            continue
        row.extend([""] * (column.place + 1 - len(row)))
        if row[column.place].strip().casefold() == _EXCUSED:
            excused += 1
            continue
        row[column.place] = points(scaled(score, ours, column.possible))
    return excused


def _about_columns(sheet: Sheet, columns: dict[str, _Column], exercises: dict[str, ExerciseResult]) -> list[str]:
    """Sentences about exercises without a column, and about those for which Canvas counts other points."""
    said = []
    missing = [exercise.title or name for name, exercise in exercises.items() if name not in columns]
    if missing and _SUM not in columns:
        said.append(f"{sheet.name} has no column for {named(missing)}; their points are left out.")
    possible = {name: exercise.points for name, exercise in exercises.items()}
    possible[_SUM] = sum(possible.values())
    for name, column in columns.items():
        if column.possible and column.possible != possible[name]:
            theirs, ours = points(column.possible), points(possible[name])
            said.append(f"{sheet.header[column.place]} counts {theirs} points in Canvas and {ours} here: it is scaled.")
    return said


def _times(count: int) -> str:
    return "one student from an assignment" if count == 1 else f"students from assignments {count} times"
