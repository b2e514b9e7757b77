"""The page of an exercise: which tests fail most and how, then the table of all students."""

from __future__ import annotations

import msgspec
from markupsafe import Markup

from grader.records.causes import Cause, Causes
from grader.records.results import DIMENSIONS, Ending, ExerciseResult, Machine, TestResult
from grader.reports.cells import Links, linked, plain_cell, points_cell, sign_cell
from grader.reports.class_page import heat
from grader.reports.feedback import sentence_of
from grader.reports.histogram import histogram
from grader.reports.student_page import SIGNS
from grader.reports.tallies import ExerciseTally, Graded, TestTally, full_marks
from grader.reports.templating import environment, script
from grader.reports.wording import points

#: So many causes are shown of each test, and so many students are named where something could not be tested.
MOST_CAUSES = 6
MOST_NAMES = 12


class _CauseView(msgspec.Struct, frozen=True):
    """One way in which a test failed, and some of those whose submission did."""

    cause: Cause
    students: Markup


class _Part(msgspec.Struct, frozen=True):
    """How many submissions ended in one way."""

    ending: Ending
    sign: str
    count: int
    share: float


class _TestView(msgspec.Struct, frozen=True):
    """One test as the template reads it."""

    tally: TestTally
    sentence: str
    parts: tuple[_Part, ...]
    causes: tuple[_CauseView, ...]
    others: int


class _Problem(msgspec.Struct, frozen=True):
    """Why nothing could be tested, and for whom."""

    sentence: str
    count: int
    students: Markup


def exercise_page(tally: ExerciseTally, causes: Causes, machine: Machine, links: Links) -> str:
    """Return the page of one exercise. `links` are the addresses of the other pages, as seen from this one."""
    source, policy = script("tables.js")
    tests = [_test_view(tally, test, causes, links) for test in tally.tests]
    signs: dict[int, Markup] = {}
    return (
        environment()
        .get_template("exercise.html.j2")
        .render(
            script=source,
            policy=policy,
            machine=machine,
            dimensions=DIMENSIONS,
            tally=tally,
            heats=[(dimension, *heat(*tally.of(dimension)), *tally.of(dimension)) for dimension in DIMENSIONS],
            full=full_marks(tally.scores, tally.points),
            histogram=histogram(tally.scores, tally.points),
            tests=sorted(tests, key=lambda test: (-test.tally.failed, test.tally.number)),
            alike=_cause_views(causes, tally, None, links),
            failed_alike=causes.failed_alike(tally.name),
            problems=_problems(tally, links),
            numbers=[(test.tally.number, test.sentence) for test in tests],
            rows=[_student_row(one, tally, signs, links) for one in tally.graded],
        )
    )


def _test_view(tally: ExerciseTally, test: TestTally, causes: Causes, links: Links) -> _TestView:
    shown = _cause_views(causes, tally, test, links)
    every = sum(test.endings.values())
    return _TestView(
        tally=test,
        sentence=sentence_of(test.test),
        parts=tuple(
            _Part(ending, sign, count, round(100 * count / every, 2))
            for ending, sign in SIGNS.items()
            if (count := test.endings.get(ending, 0))
        ),
        causes=shown,
        others=every - test.passed - causes.failed_alike(tally.name) - sum(view.cause.count for view in shown),
    )


def _cause_views(causes: Causes, tally: ExerciseTally, test: TestTally | None, links: Links) -> tuple[_CauseView, ...]:
    """The commonest causes of a test's failures or, without one, of all tests' at once."""
    name, number = (test.test.name, test.number) if test else (causes.EVERY, 0)
    return tuple(
        _CauseView(cause, _named(cause.examples, cause.count, tally.name, number, links))
        for cause in causes.of(tally.name, name)[:MOST_CAUSES]
    )


def _problems(tally: ExerciseTally, links: Links) -> list[_Problem]:
    """The commonest reason first."""
    students: dict[str, list[str]] = {}
    for one in tally.graded:
        if one.result.problem:
            students.setdefault(one.result.problem, []).append(one.student)
    commonest = sorted(students.items(), key=lambda each: -len(each[1]))[:MOST_CAUSES]
    return [
        _Problem(problem, len(names), _named(names, len(names), tally.name, 0, links)) for problem, names in commonest
    ]


def _named(students: list[str], count: int, exercise: str, test: int, links: Links) -> Markup:
    """The first of `count` students, each with a link to the place on their page."""
    shown = students[:MOST_NAMES]
    names = Markup(", ").join(linked(name, links.student(name, exercise, test)) for name in shown)
    return names if count == len(shown) else names + Markup(" and {} more").format(count - len(shown))


def _student_row(graded: Graded, tally: ExerciseTally, signs: dict[int, Markup], links: Links) -> Markup:
    """A row of the table. Those whose tests ended alike share what says so: `signs`, by the identity of the tests."""
    result = graded.result
    if id(result.tests) not in signs:
        signs[id(result.tests)] = _by_test(result, tally)
    return Markup('<tr><th scope="row">{}</th>{}{}</tr>').format(
        linked(graded.student, links.student(graded.student, tally.name)), points_cell(result), signs[id(result.tests)]
    )


def _by_test(result: ExerciseResult, tally: ExerciseTally) -> Markup:
    """The cells of each dimension and each test."""
    by_dimension = (result.by_dimension(dimension) for dimension in DIMENSIONS)
    cells = [plain_cell(points(earned) if possible else "–") for earned, possible in by_dimension]
    ended: dict[str, TestResult] = {test.name: test for test in result.tests}
    cells += [sign_cell(ended.get(test.test.name)) for test in tally.tests]
    return Markup("").join(cells)
