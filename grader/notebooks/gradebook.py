"""Writes the results of a grading into nbgrader's gradebook, laid out as the notebooks are.

A track is an assignment, an exercise a notebook, a dimension a graded cell. What people have entered in formgrader
(scores, comments, extra credit) is never touched, except extra credit where this kit has adjusted points by hand.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sql
from nbgrader import api
from nbgrader.api import Gradebook
from sqlalchemy.orm import Session

from grader.catalog import Course, Exercise
from grader.classroom.late import dated
from grader.classroom.ledger import database_url, without_password
from grader.notebooks.cells import EXAMPLES, ORDER, SOLUTION, NotebooksError
from grader.notebooks.programs import put_programs_on_path
from grader.records.results import DIMENSIONS, Dimension, ExerciseResult, StudentResult
from grader.reports.clean import clean
from grader.reports.feedback import Feedback, withheld
from grader.rubric import total

_LONGEST_NAME = 128
_OF_CELL = ("cell_id", "notebook_id")
_MARKUP = re.compile(r"([\\`*\[\]<>&$])")

#: A class that can be gone through twice; of its tests, no more than is written is ever kept.
Students = Iterable[StudentResult]
Points = Mapping[Dimension, float]
#: By assignment, the exercises with the points of their cells, in the course's order.
Layout = Mapping[str, Mapping[Exercise, Points]]
Row = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Written:
    """What was written. `left_out` are the exercises of which nothing was judged, so that their cells are not known."""

    students: int
    layout: Layout
    left_out: tuple[str, ...]

    @property
    def assignments(self) -> tuple[str, ...]:
        """Their names, in the course's order."""
        return tuple(self.layout)


def write_gradebook(
    students: Students,
    db_url: str,
    course: Course,
    *,
    course_id: str = "default_course",
    assignment: str = "",
    feedback: Feedback = "sentences",
) -> Written:
    """Write the results of `students` into the gradebook at `db_url`, a SQLite file's path or URL, or `postgresql://…`.

    All is written, or nothing. Written again, the same results change nothing. `assignment` is the one for all
    exercises, where not each track is one.

    Raises:
        NotebooksError: the gradebook cannot be used, or the results are of another course.
    """
    layout, left_out = _layout_of(students, course, assignment)
    put_programs_on_path()
    try:
        with warnings.catch_warnings():
            # nbgrader's own tables make SQLAlchemy warn.
            warnings.simplefilter("ignore", sql.exc.SAWarning)
            with Gradebook(_url(db_url), course_id) as gradebook, Session(gradebook.engine) as session, session.begin():
                count = _Writer(session, course, course_id, feedback).write(students, layout)
    except (sql.exc.SQLAlchemyError, ImportError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0].rstrip(".")
        raise NotebooksError(f"The gradebook {without_password(db_url)} cannot be used: {reason}.") from error
    return Written(count, layout, left_out)


def _url(db_url: str) -> str:
    url = database_url(db_url)
    return url if isinstance(url, str) else url.render_as_string(hide_password=False)


def _layout_of(students: Students, course: Course, assignment: str) -> tuple[Layout, tuple[str, ...]]:
    """What is to be written, and the exercises that are left out.

    Raises:
        NotebooksError: the results are of another course, or of somebody whose name nbgrader does not take.
    """
    # The points of an exercise are not known before somebody's work on it has been judged.
    possible: dict[str, Points] = {}
    names = {exercise.name for exercise in course.exercises}
    for student in students:
        if len(student.student) > _LONGEST_NAME:
            raise NotebooksError(f"{clean(student.student)[:60]}… is too long a name for nbgrader's gradebook.")
        for result in student.exercises:
            if result.exercise not in names:
                raise NotebooksError(
                    f"The results are of another course: {course.root} holds no exercise {clean(result.exercise)!r}."
                )
            if not possible.setdefault(result.exercise, {}):
                possible[result.exercise] = _points_of(result)
    layout: dict[str, dict[Exercise, Points]] = {}
    for exercise in course.exercises:
        if points := possible.get(exercise.name):
            layout.setdefault(assignment or exercise.track, {})[exercise] = points
    return layout, tuple(name for name, points in possible.items() if not points)


def _points_of(result: ExerciseResult) -> Points:
    return {
        dimension: total(test.points for test in result.tests if test.dimension == dimension)
        for dimension in DIMENSIONS
        if any(test.dimension == dimension for test in result.tests)
    }


class _Writer:
    """Writes into one transaction."""

    def __init__(self, session: Session, course: Course, course_id: str, feedback: Feedback) -> None:
        self._session = session
        self._course = course
        self._course_id = course_id
        self._feedback = feedback

    def write(self, students: Students, layout: Layout) -> int:
        """Write everything, and return how many students there are."""
        assignments: dict[str, dict[str, _Cells]] = {}
        for name, exercises in layout.items():
            assignment = self._assignment(name, tuple(exercises))
            assignments[assignment] = {
                exercise.name: self._notebook(assignment, exercise, points) for exercise, points in exercises.items()
            }
        rows: list[Row] = []
        submissions: dict[str, list[_Submission]] = {assignment: [] for assignment in assignments}
        # Each student is read from the disk as they come.
        for student in students:
            rows.append({"id": student.student} | ({"lms_user_id": student.ident} if student.ident else {}))
            for assignment, cells in assignments.items():
                results = [result for result in student.exercises if result.exercise in cells]
                # Who has handed in nothing has no submission.
                if any(result.source_digest for result in results):
                    notebooks = [self._told(result, cells[result.exercise]) for result in results]
                    submissions[assignment].append(_Submission(student.student, _timestamp(results), notebooks))
        self._merge(api.Student, ("id",), rows)
        for assignment, handed_in in submissions.items():
            self._submissions(assignment, handed_in)
        return len(rows)

    def _assignment(self, name: str, exercises: tuple[Exercise, ...]) -> str:
        row: Row = {"name": name, "course_id": self._course_id}
        if (due := self._due(exercises)) is not None:
            row["duedate"] = _utc(due)
        return str(self._merge(api.Assignment, ("name",), [row])[name,]["id"])

    def _due(self, exercises: Collection[Exercise]) -> datetime | None:
        """The deadline that all exercises of an assignment share."""
        due = {dated(self._course.late.deadlines, exercise) for exercise in exercises}
        return due.pop() if len(due) == 1 else None

    def _notebook(self, assignment: str, exercise: Exercise, points: Points) -> _Cells:
        found = self._merge(
            api.Notebook, ("name", "assignment_id"), [{"name": exercise.name, "assignment_id": assignment}]
        )
        notebook = self._session.get_one(api.Notebook, found[exercise.name, assignment]["id"])
        graded = {cell.name: cell for cell in notebook.grade_cells}
        worth_of: dict[str, float] = {EXAMPLES: 0.0}
        worth_of.update((str(dimension), worth) for dimension, worth in points.items())
        for name, worth in worth_of.items():
            if name in graded:
                graded[name].max_score = worth
            else:
                graded[name] = api.GradeCell(name=name, notebook=notebook, max_score=worth, cell_type="code")
                self._session.add(graded[name])
        answered = {cell.name: cell for cell in notebook.solution_cells}
        if SOLUTION not in answered:
            answered[SOLUTION] = api.SolutionCell(name=SOLUTION, notebook=notebook)
            self._session.add(answered[SOLUTION])
        self._session.flush()
        return _Cells(notebook.id, {name: cell.id for name, cell in graded.items()}, answered[SOLUTION].id)

    def _submissions(self, assignment: str, handed_in: Sequence[_Submission]) -> None:
        """What students have handed in for one assignment."""
        rows: list[Row] = [
            {"assignment_id": assignment, "student_id": each.student, "timestamp": each.timestamp} for each in handed_in
        ]
        found = self._merge(api.SubmittedAssignment, ("assignment_id", "student_id"), rows)
        self._notebooks({found[assignment, each.student]["id"]: each.notebooks for each in handed_in})

    def _told(self, result: ExerciseResult, cells: _Cells) -> _Notebook:
        comment = {"cell_id": cells.solution, "auto_comment": _comment(withheld(result, self._feedback))}
        return _Notebook(cells.notebook, result.penalty or None, list(_grades(result, cells)), comment)

    def _notebooks(self, by_submission: Mapping[str, Sequence[_Notebook]]) -> None:
        """The notebooks of submissions, with their grades and comments."""
        pairs = [(submission, notebook) for submission, notebooks in by_submission.items() for notebook in notebooks]
        rows = [
            {"notebook_id": notebook.notebook, "assignment_id": submission, "late_submission_penalty": notebook.penalty}
            for submission, notebook in pairs
        ]
        numbers = self._merge(api.SubmittedNotebook, ("notebook_id", "assignment_id"), rows)
        known = self._rows(api.Grade, _OF_CELL)
        grades: list[Row] = []
        comments: list[Row] = []
        for submission, notebook in pairs:
            number = {"notebook_id": numbers[notebook.notebook, submission]["id"]}
            for grade in notebook.grades:
                grades.append(_beside_people(grade | number, known.get((grade["cell_id"], number["notebook_id"]))))
            comments.append(notebook.comment | number)
        self._merge(api.Grade, _OF_CELL, grades)
        self._merge(api.Comment, _OF_CELL, comments)

    def _merge(self, kind: Any, keys: tuple[str, ...], rows: Sequence[Row]) -> dict[Key, Row]:
        """Insert those rows whose keys are new, change the others, and return all there are by their keys."""
        table = kind.__table__
        found = self._rows(kind, keys)
        new = [row for row in rows if tuple(row[key] for key in keys) not in found]
        if new:
            for columns in {tuple(row) for row in new}:
                self._session.execute(sql.insert(table), [row for row in new if tuple(row) == columns])
        for row in rows:
            before = found.get(tuple(row[key] for key in keys))
            if before is not None and any(before[name] != value for name, value in row.items()):
                changed = sql.update(table).where(*(table.c[key] == row[key] for key in keys))
                self._session.execute(changed.values(row))
        return self._rows(kind, keys) if rows else found

    def _rows(self, kind: Any, keys: tuple[str, ...]) -> dict[Key, Row]:
        rows = self._session.execute(sql.select(kind.__table__)).mappings()
        return {tuple(row[key] for key in keys): dict(row) for row in rows}


@dataclass(frozen=True)
class _Cells:
    """The numbers by which a notebook, its graded cells and its solution cell are known."""

    notebook: str
    graded: Mapping[str, str]
    solution: str


@dataclass(frozen=True)
class _Notebook:
    """What is written of one notebook of a submission: its number, what lateness takes, and rows without its own."""

    notebook: str
    penalty: float | None
    grades: Sequence[Row]
    comment: Row


@dataclass(frozen=True)
class _Submission:
    """What a student has handed in for one assignment, and when the last part of it."""

    student: str
    timestamp: datetime | None
    notebooks: Sequence[_Notebook]


def _grades(result: ExerciseResult, cells: _Cells) -> Iterator[Row]:
    """A row for each graded cell; cells that are of no dimension, such as the examples, have no points."""
    first = min(cells.graded.keys() & set(DIMENSIONS), key=ORDER.index)
    for name, cell in cells.graded.items():
        earned = total(test.earned for test in result.tests if test.dimension == name)
        row: Row = {"cell_id": cell, "auto_score": earned, "needs_manual_grade": result.has_grader_error}
        if result.adjusted and name == first:
            # No less than 0 counts for an exercise, whatever was taken by hand.
            row["extra_credit"] = total([result.score, -result.earned, result.penalty])
        yield row


def _beside_people(row: Row, before: Row | None) -> Row:
    """The row, to be looked at again where somebody has entered a score for another that is now known."""
    if before is not None and before["manual_score"] is not None:
        changed = before["auto_score"] != row["auto_score"]
        row["needs_manual_grade"] = bool(changed or before["needs_manual_grade"])
    return row


def _comment(result: ExerciseResult) -> str | None:
    """What is to be said of a submission, as Markdown; nothing where everything is well."""
    said = [_inert(result.problem)] if result.problem else []
    causes: set[str] = set()
    for test in result.tests:
        if test.ending != "passed":
            # What breaks every test is told once.
            cause = "" if test.cause in causes else _inert(test.cause)
            causes.add(test.cause)
            said.append(f"{test.sentence} ({test.ending}) {cause}".rstrip())
    said += [result.late] if result.late else []
    said += [f"Adjusted by hand: {_inert(sentence)}" for sentence in result.adjusted]
    return "\n".join(f"- {line}" for line in said) or None


def _inert(text: str) -> str:
    """Text from a submission, so that it is no Markdown."""
    return _MARKUP.sub(r"\\\1", clean(text))


def _timestamp(results: Sequence[ExerciseResult]) -> datetime | None:
    """When the last part was handed in."""
    return max((_utc(result.handed_in) for result in results if result.handed_in is not None), default=None)


def _utc(time: datetime) -> datetime:
    """As nbgrader keeps times: in UTC, without saying so."""
    return time.astimezone(UTC).replace(tzinfo=None)
