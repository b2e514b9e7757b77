"""The page of a student: complete in itself, without scripts, nothing to load, no link out of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
from markupsafe import Markup

from grader.records.results import DIMENSIONS, Dimension, Ending, ExerciseResult, Machine, StudentResult, TestResult
from grader.reports.feedback import Feedback, sentence_of, withhold
from grader.reports.listing import Listing, listing
from grader.reports.templating import environment
from grader.reports.timeline_svg import timeline_svg
from grader.reports.wording import points

#: How each ending is marked where there is room for one sign.
SIGNS: dict[Ending, str] = {
    "passed": "✓",
    "rejected": "✗",
    "raised": "×",
    "stuck": "∞",
    "grader error": "!",
}
#: So many tests are named under a line of the source that they point at.
MOST_POINTERS = 3
#: Finds a source by its digest.
SourceOf = Callable[[str], bytes]


class _TestView(msgspec.Struct, frozen=True):
    """One test as the template reads it."""

    result: TestResult
    ident: str
    sign: str
    sentence: str
    picture: Markup | None


class _ExerciseView(msgspec.Struct, frozen=True):
    """One exercise as the template reads it. `tests` are all, in the order of the suite."""

    result: ExerciseResult
    ident: str
    dimensions: tuple[str, ...]
    tests: tuple[_TestView, ...]
    listing: Listing

    @property
    def more(self) -> bool:
        """Whether there is more to tell than its points."""
        return bool(self.tests or self.result.problem or self.result.late or self.result.adjusted)

    @property
    def failed(self) -> list[_TestView]:
        return [test for test in self.tests if test.result.ending != "passed"]

    @property
    def passed(self) -> list[_TestView]:
        return [test for test in self.tests if test.result.ending == "passed"]


def student_page(
    result: StudentResult, machine: Machine, *, feedback: Feedback = "full", source_of: SourceOf | None = None
) -> str:
    """Return the page for one student: the total, the table of exercises, then what `feedback` lets it tell of each.

    `source_of` finds what was handed in; without it the page shows no source.
    """
    told = withhold(result, feedback)
    return (
        environment()
        .get_template("student.html.j2")
        .render(
            student=told,
            machine=machine,
            feedback=feedback,
            most_pointers=MOST_POINTERS,
            dimensions=DIMENSIONS,
            totals=[_total(told, dimension) for dimension in DIMENSIONS],
            exercises=[_exercise_view(exercise, feedback, source_of) for exercise in told.exercises],
        )
    )


def anchor(exercise: str) -> str:
    """The id of what a student's page says of an exercise; that of a test has its number after it."""
    return "exercise-" + re.sub(r"[^A-Za-z0-9_-]", "-", exercise)


def _exercise_view(exercise: ExerciseResult, feedback: Feedback, source_of: SourceOf | None) -> _ExerciseView:
    ident = anchor(exercise.exercise)
    tests = () if feedback == "score" else exercise.tests
    source = source_of(exercise.source_digest) if source_of is not None and exercise.source_digest else b""
    return _ExerciseView(
        result=exercise,
        ident=ident,
        dimensions=tuple(_fraction(*exercise.by_dimension(dimension)) for dimension in DIMENSIONS),
        tests=tuple(_test_view(test, f"{ident}-test-{number}") for number, test in enumerate(tests, 1)),
        listing=listing(source, tests),
    )


def _test_view(test: TestResult, ident: str) -> _TestView:
    # A passed test is one line; a picture of nothing would say less than no picture.
    draw = test.ending != "passed" and (test.trace.spans or test.trace.marks)
    picture = Markup(timeline_svg(test.trace, ident=f"{ident}-timeline")) if draw else None
    return _TestView(test, ident, SIGNS[test.ending], sentence_of(test), picture)


def _total(student: StudentResult, dimension: Dimension) -> str:
    pairs = [exercise.by_dimension(dimension) for exercise in student.exercises]
    return _fraction(sum(earned for earned, _ in pairs), sum(possible for _, possible in pairs))


def _fraction(earned: float, possible: float) -> str:
    return f"{points(earned)} / {points(possible)}" if possible else "–"
