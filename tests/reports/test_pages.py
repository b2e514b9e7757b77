"""The page of a student and the page of a class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser

import msgspec
import pytest

from grader.records.results import ClassResult, Machine, StudentResult
from grader.reports.class_page import class_page
from grader.reports.student_page import student_page

VOID = {"meta"}


class Reader(HTMLParser):
    """Reads a page strictly: every element is closed, and what matters is collected."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(key, value or "") for key, value in attrs]
        self.ids.update(value for key, value in attrs if key == "id" and value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def page(student: StudentResult, machine: Machine) -> str:
    return student_page(student, machine)


@pytest.fixture
def index(class_result: ClassResult) -> str:
    links = {
        "Ada Lovelace": "students/ada lovelace.html",
        "王小明": "students/王.html",
        "late": "javascript:alert(1)",
    }
    return index_page(class_result, links)


def test_the_page_of_a_student_matches_its_golden_file(page: str, matches_golden: Callable[[str, str], None]) -> None:
    """One test for each ending, a missing file, an exercise with full marks."""
    matches_golden("student.html", page)


def test_the_page_of_a_class_matches_its_golden_file(index: str, matches_golden: Callable[[str, str], None]) -> None:
    """Hostile names, missing exercises, links."""
    matches_golden("index.html", index)


@pytest.mark.parametrize("which", ["page", "index"])
def test_pages_load_and_run_nothing(which: str, request: pytest.FixtureRequest) -> None:
    """No script, no handler, no image, no style sheet: hostile text stays text, whatever it says."""
    reader = Reader(request.getfixturevalue(which))

    assert not {"script", "img", "link", "iframe", "object", "embed", "base", "form"} & reader.tags.keys()
    assert not [key for key, _ in reader.attributes if key.startswith("on") or key == "src"]
    assert not [value for key, value in reader.attributes if key == "href" and value.startswith("javascript")]
    assert "</svg><script>alert(1)</script>" in reader.text


@pytest.mark.parametrize("which", ["page", "index"])
def test_pages_are_accessible(which: str, request: pytest.FixtureRequest) -> None:
    """A language, one main heading, a caption, header cells with a scope, ids that are unique."""
    reader = Reader(request.getfixturevalue(which))

    assert ("lang", "en") in reader.attributes
    assert (reader.tags["h1"], reader.tags["main"], reader.tags["title"] > 0) == (1, 1, True)
    assert reader.tags["caption"] == reader.tags["table"] == 1
    assert reader.tags["th"] == sum(key == "scope" for key, _ in reader.attributes)
    assert max(reader.ids.values(), default=1) == 1


def test_a_failed_test_shows_everything_that_is_known(page: str) -> None:
    """Ending, sentence, cause, facts, notes, line, seed, virtual time, and one picture each."""
    reader = Reader(page)

    for words in (
        "rejected",
        "Too many downloads were running at once.",
        "expected at most 3 in flight",
        "A semaphore around each request",
        "line 14 of the submission",
        "seed 7",
        "1 s of virtual time",
        "first line second line",
    ):
        assert words in reader.text
    assert reader.tags["svg"] == 4


def test_code_in_a_sentence_is_set_as_code(page: str) -> None:
    """Backticks in a docstring mean code."""
    assert "At most <code>limit</code> downloads run" in page


def test_a_missing_file_shows_its_sentence(page: str) -> None:
    """An exercise that could not be tested says why."""
    assert "The file <code>line_by_line.py</code> was not handed in." in page


def test_an_error_of_the_grader_is_named_as_such(page: str) -> None:
    """A student must not search for a fault that is ours."""
    assert "This failure is the grader's own" in Reader(page).text


def test_a_page_is_the_same_from_run_to_run(student: StudentResult, machine: Machine) -> None:
    """How long grading took is not on the page."""
    slower = msgspec.structs.replace(machine, real_seconds=99.0)

    assert student_page(student, machine) == student_page(student, slower)


def test_a_student_without_exercises_has_a_page(machine: Machine) -> None:
    """Nothing graded is said in words."""
    assert "Nothing was graded." in Reader(student_page(StudentResult("late", ()), machine)).text


def test_an_empty_class_has_a_page(machine: Machine) -> None:
    """Nobody graded is said in words."""
    assert "No submissions were graded." in Reader(index_page(ClassResult((), machine), {})).text


def test_links_are_quoted_and_only_to_pages(index: str) -> None:
    """An address with spaces or Chinese is encoded, one that would run code is left out."""
    hrefs = [value for key, value in Reader(index).attributes if key == "href"]

    assert hrefs == ["students/ada%20lovelace.html", "students/%E7%8E%8B.html"]
