"""What the pages of a class are made of: causes, listings, tallies, bars, and bounds on all of them."""

from __future__ import annotations

import msgspec
import pytest

from grader.records.brief import Brief
from grader.records.causes import MOST_CAUSES, MOST_EXAMPLES, Causes
from grader.records.results import ClassResult, Ending, ExerciseResult, Fact, Machine, StudentResult, TestResult
from grader.records.trace import Span, Trace
from grader.reports.cells import Links
from grader.reports.class_page import class_page
from grader.reports.exercise_page import exercise_page
from grader.reports.histogram import histogram
from grader.reports.listing import MOST_CHARACTERS, MOST_LINES, listing
from grader.reports.student_page import student_page
from grader.reports.tallies import tallies


def ended(name: str, ending: Ending = "rejected", cause: str = "", points: float = 5.0, **known: object) -> TestResult:
    test = TestResult(name, "correctness", points, points if ending == "passed" else 0.0, ending, f"{name} holds.")
    return msgspec.structs.replace(test, cause=cause, **known)


def student(name: str, *tests: TestResult, **known: object) -> StudentResult:
    earned = sum(test.earned for test in tests)
    result = ExerciseResult("12_x", "X", 10.0, earned, tests, source_digest=name)
    return StudentResult(name, (msgspec.structs.replace(result, **known),))


def test_the_commonest_cause_comes_first() -> None:
    """With how often it occurs and the first students at whom it did."""
    causes = Causes()
    for number in range(20):
        cause = "too many" if number % 4 else "too few"
        causes.count(student(f"s{number}", ended("test_a", cause=cause), ended("test_b", "passed")))

    told = [(cause.text, cause.count) for cause in causes.of("12_x", "test_a")]
    assert told == [("too many", 15), ("too few", 5)]
    assert causes.of("12_x", "test_a")[0].examples == ["s1", "s2", "s3", "s5", "s6", "s7", "s9", "s10"]
    assert causes.of("12_x", "test_b") == []


def test_a_comparison_without_a_message_is_a_cause() -> None:
    """What was expected and got, but not when."""
    causes = Causes()
    facts = (Fact("expected", "3"), Fact("got", "4"), Fact("when", "2 s"))
    causes.count(student("ada", ended("test_a", facts=facts), ended("test_b", "passed")))

    assert [cause.text for cause in causes.of("12_x", "test_a")] == ["expected 3; got 4"]


def test_a_submission_that_fails_every_test_alike_is_counted_once() -> None:
    """A syntax error is one cause, not one for each test."""
    causes = Causes()
    for name in ("ada", "bob"):
        causes.count(student(name, *(ended(f"test_{which}", "raised", "SyntaxError") for which in "abc")))
    causes.count(student("eve", ended("test_a", "raised", "SyntaxError"), ended("test_b", "stuck"), ended("test_c")))

    assert [(cause.text, cause.count) for cause in causes.of("12_x", Causes.EVERY)] == [("SyntaxError", 2)]
    assert causes.failed_alike("12_x") == 2
    assert [cause.examples for cause in causes.of("12_x", "test_a")] == [["eve"]]


def test_causes_need_bounded_memory_and_keep_what_is_common() -> None:
    """Whatever ten thousand hostile submissions say, and in whatever order."""
    causes = Causes()
    for number in range(3000):
        said = "common" if number % 10 == 9 else f"{number} {'x' * 5000}"
        causes.count(student(f"s{number}", ended("test_a", cause=said), ended("test_b", "passed")))

    known = causes.of("12_x", "test_a")
    assert (known[0].text, known[0].count) == ("common", 300)
    assert len(known) <= MOST_CAUSES
    assert all(len(cause.text) <= 300 and len(cause.examples) <= MOST_EXAMPLES for cause in known)


def page_of(result: ClassResult) -> str:
    causes = Causes()
    for each in result.students:
        causes.count(each)
    (tally,) = tallies(result)
    return exercise_page(tally, causes, result.machine, Links({}, {}))


def test_an_exercise_counts_endings_and_names_the_hardest_test_first(machine: Machine) -> None:
    """An error of the grader's is neither passed nor failed."""
    everyone = [student(f"s{n}", ended("test_a", "passed"), ended("test_b", cause="slow")) for n in range(3)]
    everyone += [student("t", ended("test_a", "grader error"), ended("test_b", "passed"))]
    everyone += [StudentResult("u", (ExerciseResult("12_x", "X", 10.0, 0.0, problem="No file was handed in."),))]
    result = ClassResult(tuple(everyone), machine)
    (tally,) = tallies(result)

    assert [(test.test.name, test.passed, test.failed, test.judged) for test in tally.tests] == [
        ("test_a", 3, 0, 3),
        ("test_b", 1, 3, 4),
    ]
    assert tally.of("correctness") == (20.0, 35.0)
    assert (tally.mean, tally.median, len(tally.tested)) == (4.0, 5.0, 4)
    page = page_of(result)
    assert page.index('id="test-2"') < page.index('id="test-1"')
    assert "<td>3</td>" in page[page.index('id="test-2"') : page.index('id="test-1"')]
    assert "No file was handed in." in page


def test_what_is_alike_was_judged_once(machine: Machine) -> None:
    """The slowest submissions are different ones, the slowest first; a copy is left to the first who handed it in."""
    everyone = [
        student(f"s{n}", ended("test_a"), source_digest=f"d{n // 2}", real_seconds=1.0 + n // 2) for n in range(8)
    ]
    page = class_page(ClassResult(tuple(everyone), machine), Links({}, {}))
    listed = page[page.index('id="time"') : page.index('id="errors"')]

    assert [name for name in ("s6", "s4", "s2", "s0") if name in listed] == ["s6", "s4", "s2", "s0"]
    assert listed.index("s6") < listed.index("s4") < listed.index("s2") < listed.index("s0")
    assert "s7" not in listed


def test_a_brief_class_has_the_same_pages(class_result: ClassResult) -> None:
    """What is kept of a class is all that its page needs."""
    brief = Brief()
    small = msgspec.structs.replace(class_result, students=tuple(map(brief.student, class_result.students)))

    assert class_page(small, Links({}, {})) == class_page(class_result, Links({}, {}))


@pytest.mark.parametrize(
    ("score", "bar"), [(0, 0), (0.99, 0), (1, 1), (3 * 0.1 * 10, 3), (9.999, 9), (10, 10), (12, 10), (-1, 0)]
)
def test_nothing_less_than_full_marks_stands_among_them(score: float, bar: int) -> None:
    """Each bar but the last is a tenth wide; noise of floats moves nobody."""
    counts = [each.count for each in histogram([score], 10).bars]

    assert counts == [int(number == bar) for number in range(11)]


def test_bars_say_in_words_what_they_show() -> None:
    """For those who do not see them; and where there is nobody."""
    assert histogram([1, 10, 10], 10).sentence == "Students by their share of the points. 10–19%: 1, 100%: 2."
    assert histogram([], 10).sentence == "Students by their share of the points. There are none."
    assert {bar.count for bar in histogram([1.0], 0).bars} == {0}


def test_a_listing_is_bounded() -> None:
    """Of a hundred thousand lines, or of one that is very long, some are shown, and how many are not."""
    many = listing(b"x = 1\n" * 100_000, [])
    wide = listing(b"a\n" + b"x" * 10 * MOST_CHARACTERS + b"\nb\n", [])

    assert (len(many.lines), many.more) == (MOST_LINES, 100_000 - MOST_LINES)
    assert ([line.text for line in wide.lines], wide.more) == (["a"], 2)
    assert listing(b"", []).lines == ()


def test_a_listing_marks_where_the_event_loop_stood_still() -> None:
    """Beside the line of the failure itself, and only for what has failed."""
    trace = Trace(
        (Span("blocked", "event loop blocked", 0.0, 2.0, detail="line 3"), Span("call", "f", 0, 1, detail="line 1"))
    )
    tests = [
        ended("test_a", line=2, trace=trace),
        ended("test_b", "passed", line=1, trace=trace),
        ended("test_c", line=2),
    ]
    lines = listing(b"a\nb\nc\n", tests).lines

    assert [line.tests for line in lines] == [(), (0, 2), (0,)]


def test_a_line_that_every_test_points_at_names_a_few(machine: Machine) -> None:
    """The others are counted."""
    one = student("ada", *(ended(f"test_{number}", "raised", line=1) for number in range(12)))
    page = student_page(one, machine, source_of=lambda digest: b"x = (\n")

    assert page.count('<span class="pointer">') == 4
    assert "▲ and 9 more" in page
