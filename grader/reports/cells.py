"""The parts that the pages of a class share: cells of points, and addresses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from grader.records.results import ExerciseResult, TestResult
from grader.reports.clean import clean
from grader.reports.scoreboard import mark
from grader.reports.student_page import SIGNS, anchor
from grader.reports.wording import points


class Links:
    """Addresses of pages, as they are seen from one of them. A page that is not there has none."""

    def __init__(self, students: Mapping[str, str], exercises: Mapping[str, str], above: str = "") -> None:
        """`students` and `exercises` map names to addresses from the folder of the class; `above` leads there."""
        self._students = students
        self._exercises = exercises
        self._above = above

    def student(self, name: str, exercise: str = "", test: int = 0) -> str:
        """The page of a student or, there, the part about an exercise or one of its tests."""
        place = f"#{anchor(exercise)}" if exercise else ""
        return self._address(self._students.get(name, ""), f"{place}-test-{test}" if test else place)

    def exercise(self, name: str, test: int = 0) -> str:
        """The page of an exercise or, there, the part about one of its tests."""
        return self._address(self._exercises.get(name, ""), f"#test-{test}" if test else "")

    def _address(self, page: str, place: str) -> str:
        return address(self._above + page + place) if page else ""


def address(link: str) -> str:
    """`link` fit for an attribute; nothing where it would run code or cannot be an address."""
    try:
        scheme = urlsplit(link).scheme
    except ValueError:
        return ""
    if scheme not in ("", "http", "https", "file"):
        return ""
    return quote(link, safe="/%#?=&:~+,;@", errors="replace")


def linked(text: str, link: str) -> Markup:
    """`text`, as a link where there is somewhere to go."""
    if not link:
        return Markup("{}").format(clean(text))
    return Markup('<a href="{}">{}</a>').format(link, clean(text))


def points_cell(exercise: ExerciseResult | None) -> Markup:
    """The cell of one student's points in one exercise. There are ten thousands of them, so each is short."""
    if exercise is None:
        return _cell("absent", "–", "")
    sign = "!" if exercise.problem else mark(exercise)
    late = exercise.late if exercise.late and not exercise.problem else ""
    score = exercise.score
    words = f"{points(score)} of {points(exercise.points)} points. {late}" if late else ""
    return _cell("problem" if exercise.problem else _level(score, exercise.points), f"{points(score)}{sign}", words)


def plain_cell(text: str) -> Markup:
    """A cell without anything to it."""
    return _cell("", text, "")


def _level(score: float, possible: float) -> str:
    if score >= possible:
        return "full"
    if score <= 0:
        return "none"
    return "most" if score * 2 >= possible else ""


def sign_cell(test: TestResult | None) -> Markup:
    """The cell of one test's ending."""
    if test is None:
        return _cell("untested", "–", "")
    return _cell(test.ending.replace(" ", "-"), SIGNS[test.ending], "")


@lru_cache(4096)
def _cell(level: str, text: str, words: str) -> Markup:
    attributes = Markup(' class="{}"').format(level) if level else Markup("")
    if words:
        attributes += Markup(' title="{}"').format(clean(words))
    return Markup("<td{}>{}</td>").format(attributes, clean(text))
