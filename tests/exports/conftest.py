"""A class to export, whose hidden tests hold words that no student may read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from grader.records.results import ClassResult, ExerciseResult, Fact, Machine, StudentResult, TestResult
from grader.records.trace import Span, Trace

MACHINE = Machine("3.13", "Linux", "3.14", "strict")
#: What hidden tests are made of. None of it may be told at `sentences` and below.
HIDDEN = ("test_secret_name", "EXPECTED-42", "GOT-41", "CAUSE-7", "NOTE-9", "GET https://trace.test")


def tests_of(ending: str = "rejected", sentence: str = "At most `limit` run at once.") -> tuple[TestResult, ...]:
    """A test that passed, and one that ended otherwise."""
    failed = TestResult(
        name="test_secret_name",
        dimension="concurrency",
        points=4,
        earned=4 if ending == "passed" else 0,
        ending=ending,
        sentence=sentence,
        cause="CAUSE-7",
        facts=(Fact("expected", "EXPECTED-42"), Fact("got", "GOT-41")),
        notes=("NOTE-9",),
        line=3,
        trace=Trace((Span("request", "GET https://trace.test", 0.0, 1.0),), (), 1.0),
    )
    return TestResult("test_first", "correctness", 6, 6, "passed", "Results come in order."), failed


def downloads(**changes: object) -> ExerciseResult:
    """6 of 10 points."""
    made = ExerciseResult("12_bounded_downloads", "Bounded downloads", 10, 6, tests_of(), source_digest="ab" * 32)
    return msgspec.structs.replace(made, **changes)


def first(**changes: object) -> ExerciseResult:
    """5 of 5 points."""
    made = ExerciseResult("01_first_await", "First await", 5, 5, source_digest="cd" * 32)
    return msgspec.structs.replace(made, **changes)


def ours() -> ExerciseResult:
    """The grader failed."""
    return downloads(tests=tests_of("grader error"))


CLASS = (
    StudentResult("ada", (first(), downloads()), "101"),
    StudentResult(
        "bob",
        (
            first(penalty=0.5, late="Late by one day: 10 % less.", handed_in=datetime(2026, 10, 1, 12, tzinfo=UTC)),
            downloads(adjustment=1.25, adjusted=("+1.25 by Eve: a fair point",)),
        ),
        "102",
    ),
    StudentResult("cleo", (first(earned=0, problem="No file was handed in.", source_digest=""), ours()), "103"),
)


@pytest.fixture
def students() -> tuple[StudentResult, ...]:
    """Ada has 11 of 15 points, Bob 11.75 after a penalty and an adjustment; at Cleo's work the grader failed."""
    return CLASS


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """Write results as `grader grade` does, and return their folder."""

    def save(*students: StudentResult) -> Path:
        folder = tmp_path / "results"
        folder.mkdir(exist_ok=True)
        (folder / "results.json").write_bytes(msgspec.json.encode(ClassResult(students or CLASS, MACHINE)))
        return folder

    return save
