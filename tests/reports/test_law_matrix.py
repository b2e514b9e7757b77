"""Claims about the drawing of the law; the screens are shown whole."""

import io
from textwrap import dedent

import pytest
from rich.console import Console

from grader.law import Candidate, Trial, check
from grader.records.results import DIMENSIONS, TestResult
from grader.reports.law_matrix import law_matrix

TESTS = (
    ("test_returns_in_order", "correctness"),
    ("test_raises_first_error", "correctness"),
    ("test_never_more_than_limit", "concurrency"),
    ("test_slots_are_reused", "concurrency"),
    ("test_cancelling_stops_all", "cancellation"),
)


def trial(role, path, *endings, dimension=None):
    results = tuple(
        TestResult(name, kind, 2.0, 2.0 if ending == "passed" else 0.0, ending, "A claim.")
        for (name, kind), ending in zip(TESTS, endings, strict=True)
    )
    return Trial(Candidate(role, path, dimension), results)


def drawn(report, width=80, encoding="utf-8"):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    console = Console(file=stream, width=width, force_terminal=False, legacy_windows=False)
    console.print(law_matrix(report))
    stream.seek(0)
    return "\n".join(line.rstrip() for line in stream.read().splitlines()) + "\n"


@pytest.fixture
def lawful():
    ok = "passed"
    return check(
        "12_bounded_downloads",
        [
            trial("solution", "solutions/12/bounded_downloads.py", ok, ok, ok, ok, ok),
            trial("alternative", "solutions/12/alternatives/queue_workers.py", ok, ok, ok, ok, ok),
            trial("stub", "exercises/12/bounded_downloads.py", ok, "raised", "rejected", "rejected", ok),
            trial("mistake", "m/ignores_the_limit.py", ok, ok, "rejected", ok, "stuck", dimension="concurrency"),
            trial("mistake", "m/loses_order.py", "rejected", ok, ok, ok, ok, dimension="correctness"),
        ],
    )


def test_a_lawful_exercise_is_drawn_with_a_legend(lawful):
    """Rows are submissions, columns are tests in their dimension, and the legend names both."""
    assert drawn(lawful) == dedent(
        """\
        12_bounded_downloads
                                    correctness  concurrency  cancellation
                                    1 2          3 4          5
        solution                    ✓ ✓          ✓ ✓          ✓             full marks
        solution: queue_workers     ✓ ✓          ✓ ✓          ✓             full marks
        stub                        ✓ !          ✗ ✗          ✓             fails
        mistake: ignores_the_limit  ✓ ✓          ✗ ✓          ∞             caught
        mistake: loses_order        ✗ ✓          ✓ ✓          ✓             caught

        ✓ passed   ✗ rejected   ! raised   ∞ stuck   ? grader error
          1  correctness   test_returns_in_order
          2  correctness   test_raises_first_error
          3  concurrency   test_never_more_than_limit
          4  concurrency   test_slots_are_reused
          5  cancellation  test_cancelling_stops_all
        """
    )


def test_breaches_stand_below_the_matrix():
    """Rows that break the law say so, and each breach is a sentence."""
    ok = "passed"
    report = check(
        "12_bounded_downloads",
        [
            trial("solution", "solution.py", ok, ok, ok, ok, "grader error"),
            trial("alternative", "queue.py", ok, "rejected", ok, ok, ok),
            trial("stub", "stub.py", ok, ok, ok, ok, ok),
            trial("mistake", "order.py", ok, ok, "rejected", "stuck", "raised", dimension="correctness"),
            Trial(Candidate("mistake", "gone.py", "concurrency"), (), "The worker died."),
        ],
    )

    assert drawn(report) == dedent(
        """\
        12_bounded_downloads
                         correctness  concurrency  cancellation
                         1 2          3 4          5
        solution         ✓ ✓          ✓ ✓          ?             grader error
        solution: queue  ✓ ✗          ✓ ✓          ✓             loses 2
        stub             ✓ ✓          ✓ ✓          ✓             FULL MARKS
        mistake: order   ✓ ✓          ✗ ∞          !             not caught
        mistake: gone                                            not judged

        ✓ passed   ✗ rejected   ! raised   ∞ stuck   ? grader error
          1  correctness   test_returns_in_order  failed by nobody
          2  correctness   test_raises_first_error  failed by nobody
          3  concurrency   test_never_more_than_limit
          4  concurrency   test_slots_are_reused
          5  cancellation  test_cancelling_stops_all
        breach: solution.py: test_cancelling_stops_all ended in a grader error.
        breach: queue.py loses 2 of its points: test_raises_first_error rejected.
        breach: stub.py is the stub, and gets full marks.
        breach: order.py is not caught by a correctness test, only by concurrency and
        cancellation.
        breach: gone.py could not be judged: The worker died.
        breach: test_returns_in_order (correctness) is failed by no mistake, and not by
        the stub.
        breach: test_raises_first_error (correctness) is failed by no mistake, and not
        by the stub.
        """
    )


def test_many_tests_fit_eighty_columns():
    """Two-digit numbers stand upright, and long names end in dots."""
    results = tuple(
        TestResult(f"test_{number}", DIMENSIONS[number % 3], 1.0, 1.0, "passed", "A claim.") for number in range(24)
    )
    failing = tuple(TestResult(r.name, r.dimension, 1.0, 0.0, "rejected", "A claim.") for r in results)
    report = check(
        "12_bounded_downloads",
        [
            Trial(Candidate("solution", "solution.py"), results),
            Trial(Candidate("mistake", "forgets_to_wait_for_the_others.py", "concurrency"), failing),
        ],
    )

    lines = drawn(report).splitlines()

    assert lines[1:6] == [
        "                   correctness      concurrency      cancellation",
        "                                      1 1 1 1 1 1 1  1 1 1 2 2 2 2 2",
        "                   1 2 3 4 5 6 7 8  9 0 1 2 3 4 5 6  7 8 9 0 1 2 3 4",
        "solution           ✓ ✓ ✓ ✓ ✓ ✓ ✓ ✓  ✓ ✓ ✓ ✓ ✓ ✓ ✓ ✓  ✓ ✓ ✓ ✓ ✓ ✓ ✓ ✓  full marks",
        "mistake: forgets…  ✗ ✗ ✗ ✗ ✗ ✗ ✗ ✗  ✗ ✗ ✗ ✗ ✗ ✗ ✗ ✗  ✗ ✗ ✗ ✗ ✗ ✗ ✗ ✗  caught",
    ]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("width", [20, 40, 60])
def test_narrow_terminals_cut_lines_instead_of_breaking_them(lawful, width):
    """No line of the table is wider than the terminal."""
    assert max(map(len, drawn(lawful, width).splitlines())) <= width


def test_an_ascii_terminal_sees_ascii(lawful):
    """Where the symbols cannot be encoded, plain ones stand for them."""
    text = drawn(lawful, encoding="ascii")

    assert text.isascii()
    assert ". passed   x rejected   ! raised   o stuck   ? grader error" in text
    assert "mistake: ignores_the_limit  . .          x .          o             caught" in text


def test_an_exercise_without_tests_shows_its_breaches():
    """Where nothing could be judged there is no matrix."""
    assert drawn(check("12_x", [], ["tests/hidden/12_x is missing."])) == (
        "12_x\nbreach: tests/hidden/12_x is missing.\n"
    )
