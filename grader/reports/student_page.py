"""The pages: one for a student, one that lists a class. Complete, without scripts, nothing to load."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import msgspec
from markupsafe import Markup

from grader.records.results import (
    DIMENSIONS,
    ClassResult,
    Dimension,
    Ending,
    ExerciseResult,
    Machine,
    StudentResult,
    TestResult,
)
from grader.reports.scoreboard import Scores, exercise_names, mark
from grader.reports.templating import environment
from grader.reports.timeline_svg import timeline_svg
from grader.reports.wording import points

_SIGNS: dict[Ending, str] = {
    "passed": "✓",
    "rejected": "✗",
    "raised": "×",
    "stuck": "∞",
    "grader error": "!",
}


class _TestView(msgspec.Struct, frozen=True):
    """One test as the template reads it."""

    result: TestResult
    sign: str
    name: str
    picture: Markup | None


class _ExerciseView(msgspec.Struct, frozen=True):
    """One exercise as the template reads it."""

    result: ExerciseResult
    ident: str
    state: str
    dimensions: tuple[str, ...]
    failed: tuple[_TestView, ...]
    passed: tuple[_TestView, ...]


class _Cell(msgspec.Struct, frozen=True):
    """One student's points in one exercise."""

    text: str
    words: str
    level: str


class _StudentRow(msgspec.Struct, frozen=True):
    """One line of the class."""

    result: StudentResult
    link: str
    cells: tuple[_Cell, ...]


def student_page(result: StudentResult, machine: Machine) -> str:
    """Return the page for one student: the total, the table of exercises, then every test."""
    template = environment().get_template("student.html.j2")
    return template.render(
        student=result,
        machine=machine,
        dimensions=DIMENSIONS,
        totals=[_total(result, dimension) for dimension in DIMENSIONS],
        exercises=[_exercise_view(exercise, number) for number, exercise in enumerate(result.exercises, 1)],
    )


def index_page(result: ClassResult, links: Mapping[str, str]) -> str:
    """Return the page of the class. `links` maps a student's name to the address of the student's page."""
    names = exercise_names(result)
    scores = Scores(result)
    template = environment().get_template("index.html.j2")
    return template.render(
        machine=result.machine,
        exercises=[(name, scores.title(name), scores.possible(name), scores.mean(name)) for name in names],
        students=[
            _StudentRow(
                result=student,
                link=_address(links.get(student.student, "")),
                cells=tuple(_cell(scores.of(student.student, name)) for name in names),
            )
            for student in result.students
        ],
        possible=scores.total,
        mean=scores.mean_total,
        late=any(student.penalty for student in result.students),
        adjusted=any(exercise.adjusted for student in result.students for exercise in student.exercises),
    )


def _exercise_view(exercise: ExerciseResult, number: int) -> _ExerciseView:
    views = [_test_view(test, f"exercise-{number}-test-{position}") for position, test in enumerate(exercise.tests, 1)]
    return _ExerciseView(
        result=exercise,
        ident=f"exercise-{number}",
        state=_state(exercise),
        dimensions=tuple(_dimension(exercise, dimension) for dimension in DIMENSIONS),
        failed=tuple(view for view in views if view.result.ending != "passed"),
        passed=tuple(view for view in views if view.result.ending == "passed"),
    )


def _test_view(test: TestResult, ident: str) -> _TestView:
    # A passed test is one line; a picture of nothing would say less than no picture.
    draw = test.ending != "passed" and (test.trace.spans or test.trace.marks)
    picture = Markup(timeline_svg(test.trace, ident=f"{ident}-timeline")) if draw else None
    name = test.name.removeprefix("test_").replace("_", " ")
    return _TestView(result=test, sign=_SIGNS[test.ending], name=name, picture=picture)


def _dimension(exercise: ExerciseResult, dimension: Dimension) -> str:
    return _fraction(*exercise.by_dimension(dimension))


def _total(student: StudentResult, dimension: Dimension) -> str:
    pairs = [exercise.by_dimension(dimension) for exercise in student.exercises]
    return _fraction(sum(earned for earned, _ in pairs), sum(possible for _, possible in pairs))


def _fraction(earned: float, possible: float) -> str:
    return f"{points(earned)} / {points(possible)}" if possible else "–"


def _state(exercise: ExerciseResult | None) -> str:
    if exercise is None:
        return "absent"
    if exercise.problem:
        return "problem"
    if exercise.score >= exercise.points:
        return "full"
    return "part" if exercise.score > 0 else "none"


def _cell(exercise: ExerciseResult | None) -> _Cell:
    level = _state(exercise)
    if exercise is None:
        return _Cell(text="–", words="not graded", level=level)
    words = exercise.problem or f"{points(exercise.score)} of {points(exercise.points)} points"
    if exercise.late and not exercise.problem:
        words = f"{words}. {exercise.late}"
    if level == "part":
        level = "most" if exercise.score * 2 >= exercise.points else "some"
    sign = "!" if exercise.problem else mark(exercise)
    return _Cell(text=f"{points(exercise.score)}{sign}", words=words, level=level)


def _address(link: str) -> str:
    """`link` fit for an attribute; nothing where it would run code or cannot be an address."""
    try:
        scheme = urlsplit(link).scheme
    except ValueError:
        return ""
    if scheme not in ("", "http", "https", "file"):
        return ""
    return quote(link, safe="/%#?=&:~+,;@", errors="replace")
