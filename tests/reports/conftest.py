"""Traces and results to draw."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.records.results import (
    ClassResult,
    ExerciseResult,
    Fact,
    Machine,
    StudentResult,
    TestResult,
)
from grader.records.trace import Mark, Span, SpanEnding, Trace

HOSTILE = "\x1b[2J\x1b]0;owned\x07\u202e</svg><script>alert(1)</script>[red]&\"'\ud800\ufffe\x9b"


def request_span(number: int, start: float, end: float, ending: SpanEnding = "done", detail: str = "") -> Span:
    return Span("request", f"GET https://shop.test/items/{number}", start, end, ending, detail)


def call_span(end: float, ending: SpanEnding = "done", detail: str = "") -> Span:
    return Span("call", "fetch_all", 0.0, end, ending, detail)


TRACES = {
    "limit_of_three": Trace((call_span(4.0), *(request_span(n, n // 3, n // 3 + 1.0) for n in range(10))), (), 4.0),
    "all_at_once": Trace(
        (call_span(1.0), *(request_span(n, 0.0, 1.0) for n in range(10))),
        (Mark("fault", "10 in flight, at most 3 expected", 0.0),),
        1.0,
    ),
    "sequential": Trace((call_span(5.0), *(request_span(n, n, n + 1.0) for n in range(5))), (), 5.0),
    "cancelled": Trace(
        (
            call_span(1.5, "cancelled"),
            request_span(0, 0.0, 0.5),
            request_span(1, 0.0, 1.5, "cancelled"),
            request_span(2, 0.5, 1.5, "cancelled"),
            request_span(3, 0.5, 1.5, "open"),
        ),
        (Mark("cancel", "fetch_all", 1.5),),
        2.0,
    ),
    "blocked": Trace(
        (
            call_span(4.0),
            request_span(0, 0.0, 1.0),
            Span("blocked", "time.sleep, line 12", 1.0, 3.0),
            request_span(1, 3.0, 4.0),
        ),
        (Mark("fault", "the event loop stood still, at line 12", 1.0),),
        4.0,
    ),
    "deadlock": Trace(
        (
            Span("call", "transfer(a, b)", 0.0, 1.0, "open"),
            Span("call", "transfer(b, a)", 0.0, 1.0, "open"),
            Span("callback", "log", 0.5, 0.5),
        ),
        (Mark("deadlock", "transfer(a, b) waits for Lock b; transfer(b, a) waits for Lock a", 1.0),),
        1.0,
    ),
    "deadlock_at_once": Trace(
        (Span("call", "get", 0.0, 0.0, "open"),), (Mark("deadlock", "nothing can wake get", 0.0),), 0.0
    ),
    "raised": Trace(
        (
            call_span(0.25, "raised", "ClientResponseError: 500"),
            request_span(0, 0.0, 0.25, "raised", "500"),
            request_span(1, 0.0, 0.25, "cancelled"),
        ),
        (),
        0.25,
    ),
    "thousand_requests": Trace(
        (
            call_span(100.0),
            *(request_span(n, n // 10, n // 10 + 1.0, "raised" if n == 700 else "done", "500") for n in range(1000)),
        ),
        (),
        100.0,
    ),
    "two_hosts_for_hours": Trace(
        (
            Span("call", "poll", 0.0, 7300.0),
            Span("request", "GET http://a.test/x", 0.0, 1.0),
            Span("request", "GET http://b.test", 3600.0, 3601.0),
        ),
        (),
        7300.0,
    ),
    "empty": Trace(),
    "hostile": Trace(
        (
            Span("request", f"GET https://x.test/{HOSTILE}", 0.0, 1.0),
            Span("call", "下载一二三四五六七八九十一二三四五六七八九十下载", 0.0, 1.0, "raised", HOSTILE),
        ),
        (Mark("fault", HOSTILE, 0.5),),
        1.0,
    ),
}

#: What was handed in, by digest. The lines end as three systems end them, and a form feed ends none.
SOURCES = {
    "downloads": b"\xef\xbb\xbfimport asyncio\r\n\r\n\r\nasync def download_all(session, urls, limit):\r\n"
    + b"".join(b"    first_%d = %d\x0c\n" % (number, number) for number in range(5, 14))
    + b"    return await asyncio.gather(*(download(session, url) for url in urls))\r"
    + b"# <script>alert(1)</script> \x1b[2J \xff\n",
}

MACHINE = Machine("3.13.2", "Linux x86_64", "3.14.0", "Landlock, seccomp", 3.2)


@pytest.fixture(params=TRACES, scope="session")
def name(request: pytest.FixtureRequest) -> str:
    """The name of each trace in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def traces() -> dict[str, Trace]:
    """All traces by name."""
    return TRACES


@pytest.fixture(scope="session")
def hostile() -> str:
    """A text that tries everything at once."""
    return HOSTILE


@pytest.fixture(scope="session")
def machine() -> Machine:
    """A machine."""
    return MACHINE


@pytest.fixture(scope="session")
def student() -> StudentResult:
    """A student with one test for each ending, a missing file and an exercise with full marks."""
    return StudentResult(
        "Ada Lovelace", (_downloads(), _transfers(), _polling(), _missing(), _finished("16_first_wins", 4))
    )


@pytest.fixture(scope="session")
def source_of() -> Callable[[str], bytes]:
    """Finds what was handed in."""
    return SOURCES.__getitem__


@pytest.fixture(scope="session")
def class_result(student: StudentResult) -> ClassResult:
    """A class with a hostile name, a Chinese name, a student who lacks exercises, and one without any."""
    formula = StudentResult('=HYPERLINK("http://evil.test")', (_missing(), _finished("16_first_wins", 4)))
    hostile = StudentResult(HOSTILE, (_downloads(), _transfers(), _polling()))
    chinese = StudentResult("王小明", (_finished("02_gather", 5), _downloads()))
    return ClassResult((student, formula, hostile, chinese, StudentResult("late", ())), MACHINE)


def _downloads() -> ExerciseResult:
    limit = TestResult(
        name="test_never_more_than_limit_in_flight",
        dimension="concurrency",
        points=3,
        earned=0,
        ending="rejected",
        sentence="At most `limit` downloads run at the same time.",
        cause="Too many downloads were running at once.",
        facts=(Fact("expected", "at most 3 in flight"), Fact("got", "10 in flight at 0.0 s")),
        notes=("A semaphore around each request holds back those that would exceed the limit.",),
        printed=("      0 s │ got 3 posters", "    1.5 s │ done"),
        line=14,
        seed=7,
        virtual_seconds=1.0,
        trace=TRACES["all_at_once"],
    )
    order = TestResult(
        name="test_returns_in_order",
        dimension="correctness",
        points=5,
        earned=5,
        ending="passed",
        sentence="The results come back in the order of the addresses.",
        virtual_seconds=4.0,
        trace=TRACES["limit_of_three"],
    )
    cancelling = TestResult(
        name="test_cancelling_abandons_open_requests",
        dimension="cancellation",
        points=2,
        earned=0,
        ending="rejected",
        sentence="When the caller is cancelled, no request is left running.",
        facts=(Fact("still running", "GET https://shop.test/items/3"),),
        virtual_seconds=2.0,
        trace=TRACES["cancelled"],
    )
    return ExerciseResult(
        "12_bounded_downloads",
        "Bounded downloads",
        10,
        5,
        (limit, order, cancelling),
        source_digest="downloads",
        real_seconds=0.25,
    )


def _transfers() -> ExerciseResult:
    stuck = TestResult(
        name="test_opposite_transfers_finish",
        dimension="concurrency",
        points=4,
        earned=0,
        ending="stuck",
        sentence="Two opposite transfers both finish.",
        cause="Deadlock: nothing can wake the two tasks.",
        facts=(Fact("transfer(a, b)", "waits for Lock b, line 8"),),
        line=8,
        virtual_seconds=1.0,
        trace=TRACES["deadlock"],
    )
    money = TestResult("test_money", "correctness", 2, 2, "passed", "No money is lost.", virtual_seconds=0.25)
    return ExerciseResult("13_transfers", "Transfers without deadlock", 6, 2, (stuck, money))


def _polling() -> ExerciseResult:
    raised = TestResult(
        name="test_tries_again",
        dimension="correctness",
        points=2,
        earned=0,
        ending="raised",
        sentence="An answer of 500 is tried again.",
        cause=f"ClientResponseError: 500, message={HOSTILE}",
        facts=(Fact(HOSTILE, f"first line\nsecond line {HOSTILE}"),),
        notes=(HOSTILE,),
        printed=(f"      0 s │ {HOSTILE}",),
        line=21,
        virtual_seconds=0.25,
        trace=TRACES["hostile"],
    )
    ours = TestResult("test_ours", "correctness", 1, 0, "grader error", "The poller stops.", "No such fixture.")
    return ExerciseResult("14_polling", "Polling without blocking", 3, 0, (raised, ours))


def _missing() -> ExerciseResult:
    return ExerciseResult("15_streams", "Line by line", 4, 0, problem="The file `line_by_line.py` was not handed in.")


def _finished(exercise: str, points: float) -> ExerciseResult:
    third = points / 3
    tests = tuple(
        TestResult(f"test_{word}", "concurrency", third, third, "passed", f"The {word} answer wins.")
        for word in ("first", "second", "third")
    )
    return ExerciseResult(exercise, "The first answer wins", points, sum(t.earned for t in tests), tests)
