"""Moodle: its offline grading worksheet, filled in, or a CSV for the import of its gradebook.

The worksheet is that of one assignment. Moodle finds its rows by `Identifier`, takes `Grade` and the columns of
feedback, which are HTML, and skips silently a grade beyond the maximum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import chain

from grader.exports.feedback import in_words
from grader.exports.files import Export, File, Options, Students, named, unjudged
from grader.exports.reading import ExportError, final, final_total, without_tests
from grader.exports.roster import Known, cell, matched, names
from grader.exports.sheet import Sheet, number, scaled, written
from grader.records.results import StudentResult
from grader.reports.scoreboard import in_course_order, safe_cell
from grader.reports.wording import points

_FEEDBACK = "Feedback comments"
_NUMBER = re.compile(r"[0-9]+\s*$")


def export(students: Students, options: Options) -> Export:
    """The worksheet that is given as a roster, with grades and feedback; without one, a CSV for the gradebook.

    Raises:
        ExportError: the roster is no worksheet.
    """
    if options.roster is None:
        return _gradebook(students, options)
    return _worksheet(students, options, options.roster)


def _worksheet(students: Students, options: Options, sheet: Sheet) -> Export:
    identifier, grade = sheet.column("Identifier"), sheet.column(options.total or "Grade")
    if identifier is None or grade is None or sheet.column("Last modified (grade)") is None:
        raise ExportError(
            f"{sheet.name} is not Moodle's grading worksheet: it needs Identifier, {options.total or 'Grade'} and "
            "Last modified (grade); download it with Moodle in English."
        )
    small = list(map(without_tests, students))
    words = [cell(sheet.column(heading)) for heading in ("Email address", "ID number", "Username")]
    found = matched(
        small,
        list(enumerate(sheet.rows[1:], 1)),
        _participant(identifier),
        [_participant(identifier), *words, names(cell(sheet.column("Full name")))],
    )
    row_of = {student.student: number for number, student in found.rows.items()}
    too_many = []
    # Once more through the whole results, for the feedback: one student's tests at a time.
    for student in students:
        if student.student in row_of and not _fill(sheet, sheet.rows[row_of[student.student]], student, options, grade):
            too_many.append(student.student)
    remarks = [*found.remarks(sheet.name), *unjudged(small, "their grades stay as they were")]
    if too_many:
        remarks.append(f"Moodle refuses more than the maximum, which its assignment must raise for {named(too_many)}.")
    if sheet.column(_FEEDBACK) is None:
        remarks.append(f"{sheet.name} has no column {_FEEDBACK}: feedback is left out.")
    return Export([File("moodle.csv", sheet.text())], remarks)


def _fill(sheet: Sheet, row: list[str], student: StudentResult, options: Options, grade: int) -> bool:
    """Fill in a student's row; return whether Moodle will take the grade."""
    row.extend([""] * (len(sheet.header) - len(row)))
    feedback, maximum = sheet.column(_FEEDBACK), sheet.column("Maximum Grade")
    if feedback is not None:
        said = "\n\n".join(in_words(exercise, options.feedback) for exercise in student.exercises)
        row[feedback] = _html(said, options)
    score = final_total(student)
    if score is None:
        return True
    most = None if maximum is None else number(row[maximum])
    given = scaled(score, sum(exercise.points for exercise in student.exercises), most)
    row[grade] = points(given)
    return most is None or float(row[grade]) <= most


def _participant(place: int) -> Known:
    """The number at the end of `Participant 1234`, which is also in the names of Moodle's downloads."""
    return lambda row: [match[0].strip() for text in cell(place)(row) if (match := _NUMBER.search(text))]


def _html(said: str, options: Options) -> str:
    """Feedback as Moodle's editor keeps it."""
    if options.feedback == "full" and said:
        # Timelines are drawn in columns.
        return f"<pre>{escape(said)}</pre>"
    return safe_cell(escape(said).replace("\n", "<br>"))


def _gradebook(students: Students, options: Options) -> Export:
    small = list(map(without_tests, students))
    titles = {one.exercise: one.title or one.exercise for student in small for one in student.exercises}
    known = in_course_order(titles)
    headings = [safe_cell(titles[name]) for name in known]
    # Both, because Moodle loses the grades of an item whose feedback is imported without them.
    columns = [text for heading in headings for text in (heading, f"{heading} (feedback)")]
    header = ["Email address", "ID number", *columns, options.total or "Total"]
    rows = chain([header], _gradebook_rows(students, known, options))
    return Export([File("moodle.csv", written(rows))], unjudged(small, "their cells are blank"))


def _gradebook_rows(students: Students, known: list[str], options: Options) -> Iterator[list[str]]:
    for student in students:
        by_name = {exercise.exercise: exercise for exercise in student.exercises}
        is_address = "@" in student.student.strip("@")
        cells = []
        for name in known:
            exercise = by_name.get(name)
            score = None if exercise is None else final(exercise)
            said = "" if exercise is None else in_words(exercise, options.feedback)
            cells += ["" if score is None else points(score), _html(said, options)]
        whole = final_total(student)
        who = safe_cell(student.student)
        yield [who if is_address else "", "" if is_address else who, *cells, "" if whole is None else points(whole)]
