"""The page of a student, the page of an exercise and the page of a class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser

import msgspec
import pytest

from grader.records.causes import Causes
from grader.records.results import ClassResult, Machine, StudentResult
from grader.reports.cells import Links
from grader.reports.class_page import class_page
from grader.reports.exercise_page import exercise_page
from grader.reports.feedback import FEEDBACKS, Feedback
from grader.reports.student_page import SourceOf, student_page
from grader.reports.tallies import tallies
from grader.reports.templating import script

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


STUDENTS = {
    "Ada Lovelace": "students/ada lovelace.html",
    "王小明": "students/王.html",
    "late": "javascript:alert(1)",
}
EXERCISES = {"12_bounded_downloads": "exercises/12_bounded_downloads.html"}


@pytest.fixture
def page(student: StudentResult, machine: Machine, source_of: SourceOf) -> str:
    return student_page(student, machine, source_of=source_of)


@pytest.fixture
def index(class_result: ClassResult) -> str:
    return class_page(class_result, Links(STUDENTS, EXERCISES))


@pytest.fixture
def exercise(class_result: ClassResult) -> str:
    """The page of the exercise whose texts are the most hostile."""
    return exercise_of(class_result, "14_polling")


def exercise_of(class_result: ClassResult, name: str) -> str:
    causes = Causes()
    for student in class_result.students:
        causes.count(student)
    (tally,) = [tally for tally in tallies(class_result) if tally.name == name]
    return exercise_page(tally, causes, class_result.machine, Links(STUDENTS, EXERCISES, "../"))


def test_the_page_of_a_student_matches_its_golden_file(page: str, matches_golden: Callable[[str, str], None]) -> None:
    """One test for each ending, a missing file, an exercise with full marks."""
    matches_golden("student.html", page)


def test_the_page_of_a_class_matches_its_golden_file(index: str, matches_golden: Callable[[str, str], None]) -> None:
    """Hostile names, missing exercises, links."""
    matches_golden("index.html", index)


@pytest.mark.parametrize("feedback", ["sentences", "score"])
def test_the_levels_of_feedback_match_their_golden_files(
    student: StudentResult,
    machine: Machine,
    source_of: SourceOf,
    feedback: Feedback,
    matches_golden: Callable[[str, str], None],
) -> None:
    """What a student reads where not everything is told."""
    page = student_page(student, machine, feedback=feedback, source_of=source_of)

    matches_golden(f"student_{feedback}.html", page)


def test_the_page_of_an_exercise_matches_its_golden_file(
    class_result: ClassResult, matches_golden: Callable[[str, str], None]
) -> None:
    """Tests with their causes, and those who have handed in nothing for it."""
    matches_golden("exercise.html", exercise_of(class_result, "12_bounded_downloads"))


@pytest.mark.parametrize("which", ["page", "index", "exercise"])
def test_pages_load_and_run_nothing_of_others(which: str, request: pytest.FixtureRequest) -> None:
    """No handler, no image, no style sheet, and on the pages of the class one script, the kit's, that alone may run."""
    text = request.getfixturevalue(which)
    reader = Reader(text)
    source, policy = script("tables.js")

    assert reader.tags["script"] == text.count(f"<script>{source}</script>") == (0 if which == "page" else 1)
    assert (f"style-src 'unsafe-inline'{policy}\"" in text) is (which != "page")
    assert "script-src 'unsafe" not in text
    assert not {"img", "link", "iframe", "object", "embed", "base", "form", "input"} & reader.tags.keys()
    assert not [key for key, _ in reader.attributes if key.startswith("on") or key == "src"]
    assert not [value for key, value in reader.attributes if key == "href" and value.startswith("javascript")]
    assert "</svg><script>alert(1)</script>" in reader.text


@pytest.mark.parametrize("which", ["page", "index", "exercise"])
def test_pages_are_accessible(which: str, request: pytest.FixtureRequest) -> None:
    """A language, one main heading, a caption, header cells with a scope, ids that are unique."""
    reader = Reader(request.getfixturevalue(which))

    assert ("lang", "en") in reader.attributes
    assert (reader.tags["h1"], reader.tags["main"], reader.tags["title"] > 0) == (1, 1, True)
    assert reader.tags["caption"] == reader.tags["table"] >= 1
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
    assert "No submissions were graded." in Reader(class_page(ClassResult((), machine), Links({}, {}))).text


def test_links_are_quoted_and_only_to_pages(index: str) -> None:
    """An address with spaces or Chinese is encoded, one that would run code is left out."""
    hrefs = {value for key, value in Reader(index).attributes if key == "href" and not value.startswith("#")}

    assert hrefs == {
        "students/ada%20lovelace.html",
        "students/ada%20lovelace.html#exercise-12_bounded_downloads",
        "students/ada%20lovelace.html#exercise-14_polling",
        "students/%E7%8E%8B.html",
        "exercises/12_bounded_downloads.html",
        "exercises/12_bounded_downloads.html#test-1",
        "exercises/12_bounded_downloads.html#test-3",
    }


def test_the_page_of_an_exercise_leads_to_the_place_where_a_student_failed(
    class_result: ClassResult, page: str
) -> None:
    """Each of its links to a student's page has a target there."""
    hrefs = [
        value for key, value in Reader(exercise_of(class_result, "12_bounded_downloads")).attributes if key == "href"
    ]
    places = {href.partition("#")[2] for href in hrefs if "lovelace" in href}

    assert places == {
        "exercise-12_bounded_downloads",
        "exercise-12_bounded_downloads-test-1",
        "exercise-12_bounded_downloads-test-3",
    }
    assert places <= Reader(page).ids.keys()


@pytest.mark.parametrize("feedback", FEEDBACKS)
def test_a_students_page_leads_nowhere_else(
    student: StudentResult, machine: Machine, source_of: SourceOf, feedback: Feedback
) -> None:
    """It can be handed out alone: every link leads to a place on the page."""
    reader = Reader(student_page(student, machine, feedback=feedback, source_of=source_of))
    hrefs = {value for key, value in reader.attributes if key == "href"}

    assert hrefs
    assert all(href.startswith("#") and href[1:] in reader.ids for href in hrefs)


def test_the_source_is_shown_with_the_lines_that_matter(page: str) -> None:
    """Lines are counted as Python counts them; the failure that points at one leads there and back."""
    reader = Reader(page)

    assert "exercise-12_bounded_downloads-line-14" in reader.ids
    assert ("href", "#exercise-12_bounded_downloads-line-14") in reader.attributes
    assert "return await asyncio.gather(*(download(session, url) for url in urls)) ▲ rejected: At most" in reader.text
    assert "# <script>alert(1)</script> \\x1b[2J \ufffd" in reader.text
