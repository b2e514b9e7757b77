"""How a test ended, in the words of its student: from what pytest and the world know to an `Outcome`."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import reprlib
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from _pytest._code.code import ExceptionInfo

from grader.boundary.errors import CannotCross
from grader.judge.endings import OUT_OF_MEMORY, GraderFault, SubmissionFault
from grader.judge.exactness import Exactly
from grader.judge.world import JudgeMachine
from grader.records.results import DIMENSIONS, Dimension, Ending, Fact
from grader.records.trace import Trace
from grader.rubric import Outcome
from grader.simulation import SimulationError

_PACKAGE = Path(__file__).resolve().parents[1]
_NOT_AWAITABLE = re.compile(r"object (\S+) can't be used in 'await' expression|'?(\S+?)'? object can't be awaited")


class _Repr(reprlib.Repr):
    """Shows what Python itself refuses to show, or shows differently in each run."""

    def repr_int(self, x: int, level: int) -> str:
        try:
            return super().repr_int(x, level)
        except ValueError:
            return f"<an integer of {x.bit_length():,} bits>"

    def repr_instance(self, x: object, level: int) -> str:
        try:
            repr(x)
        except Exception:
            return f"<{type(x).__name__}>"
        return super().repr_instance(x, level)


_IN_WORDS = {
    "==": "",
    "is": "",
    "!=": "anything but",
    "is not": "anything but",
    "<=": "at most",
    ">=": "at least",
    "<": "less than",
    ">": "more than",
    "in": "one of",
    "not in": "none of",
}

#: What of a submission's words enters a report: characters of a cause, a fact, a note and a printed line, and how
#: many of them.
MOST_CAUSE, MOST_FACT, MOST_NOTE, MOST_LINE = 500, 1_000, 1_100, 200
MOST_FACTS, MOST_NOTES, MOST_LINES = 20, 20, 20

_short = _Repr()
_short.maxstring = _short.maxother = 200
_short.maxlist = _short.maxtuple = _short.maxdict = _short.maxset = 12
_short.maxlevel = 4
_short.maxlong = 60


class Comparison(NamedTuple):
    """The comparison that failed in an ``assert``, as pytest saw it."""

    operator: str
    left: object
    right: object


class Verdict(NamedTuple):
    """The part of an outcome that is decided here."""

    ending: Ending
    cause: str = ""
    facts: Sequence[Fact] = ()
    line: int | None = None
    public: bool = False


def dimension_of(item: pytest.Item) -> tuple[Dimension, float]:
    """The dimension and points that a test's marker gives it.

    Raises:
        pytest.UsageError: it has no such marker, or two.
    """
    found = [(name, mark) for name in DIMENSIONS if (mark := item.get_closest_marker(name)) is not None]
    if len(found) != 1:
        raise pytest.UsageError(
            f"{item.nodeid}: a test of a suite needs exactly one of the markers "
            "correctness, concurrency and cancellation."
        )
    name, mark = found[0]
    return name, float(mark.kwargs.get("points", 1))


def name_of(item: pytest.Item) -> str:
    """The test's name, with its parameters and without the weather."""
    return re.sub(r"\[seed\d+\]$|-seed\d+(?=[\]-])|(?<=\[)seed\d+-", "", item.name)


def sentence_of(item: pytest.Item) -> str:
    """The first paragraph of the test's docstring: the line that the student reads."""
    doc = inspect.getdoc(getattr(item, "obj", None)) or item.name
    return " ".join(doc.partition("\n\n")[0].split())


def outcome(
    item: pytest.Item,
    verdict: Verdict,
    machine: JudgeMachine | None,
    *,
    seed: int | None,
    notes: Sequence[str],
    printed: str = "",
) -> Outcome:
    """The outcome of a test that has ended."""
    dimension, weight = dimension_of(item)
    trace = machine.recorder.trace() if machine else Trace()
    return Outcome(
        name=name_of(item),
        dimension=dimension,
        weight=weight,
        ending=verdict.ending,
        sentence=sentence_of(item),
        cause=_cut(verdict.cause.partition("\n")[0], MOST_CAUSE),
        facts=tuple(Fact(fact.name, _cut(fact.value, MOST_FACT)) for fact in verdict.facts[:MOST_FACTS]),
        notes=tuple(_cut(" ".join(note.split()), MOST_NOTE) for note in notes[:MOST_NOTES]),
        printed=_last_lines(printed),
        line=verdict.line,
        public=verdict.public,
        seed=seed,
        virtual_seconds=round(machine.now, 9) if machine else 0.0,
        trace=trace,
        trace_digest=trace.digest,
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _last_lines(printed: str) -> tuple[str, ...]:
    """The end of what was printed, as much as anyone would read."""
    lines = printed.splitlines()
    shown = [_cut(line, MOST_LINE) for line in lines[-MOST_LINES:]]
    return (f"… {len(lines) - MOST_LINES:,} lines before", *shown) if len(lines) > MOST_LINES else tuple(shown)


def verdict_on(
    excinfo: ExceptionInfo[BaseException] | None, machine: JudgeMachine | None, comparison: Comparison | None
) -> Verdict:
    """What is to be said of a test. Nothing but the lack of any fault is a pass."""
    fault = machine.fault if machine is not None else None
    if fault is None and excinfo is not None:
        fault = _fault_in(excinfo.value)
    if isinstance(fault, SubmissionFault):
        return Verdict(fault.ending, fault.cause, fault.facts, fault.line, fault.public)
    if fault is not None:
        return Verdict("grader error", str(fault))
    if excinfo is None:
        return Verdict("passed")
    now = Fact("when", f"{machine.now:g} s") if machine is not None else None
    verdict = _verdict_on_exception(excinfo, comparison)
    return verdict._replace(facts=[*verdict.facts, now]) if now and verdict.ending != "grader error" else verdict


def _fault_in(exc: BaseException) -> SubmissionFault | GraderFault | None:
    if isinstance(exc, (SubmissionFault, GraderFault)):
        return exc
    if _came_back(exc):
        return None
    if isinstance(exc, MemoryError):
        return GraderFault(OUT_OF_MEMORY)
    if isinstance(exc, BaseExceptionGroup):
        return next((fault for each in exc.exceptions if (fault := _fault_in(each)) is not None), None)
    return None


def _verdict_on_exception(excinfo: ExceptionInfo[BaseException], comparison: Comparison | None) -> Verdict:
    exc = excinfo.value
    if isinstance(exc, (pytest.skip.Exception, pytest.xfail.Exception)):
        return Verdict("rejected", "The test was skipped, which earns nothing.")
    if isinstance(exc, pytest.UsageError):
        return Verdict("grader error", str(exc))
    if isinstance(exc, pytest.FixtureLookupError):
        return Verdict("grader error", f"The suite asks for a fixture that does not exist: {exc.argname}.")
    if isinstance(exc, pytest.fail.Exception):
        return Verdict("rejected", _did_not_raise(str(exc)))
    if isinstance(exc, AssertionError) and not hasattr(exc, "__submission_line__"):
        return Verdict("rejected", _message(exc) or _confused(comparison), _compared(excinfo, comparison))
    if isinstance(exc, SimulationError):
        return Verdict("stuck", exc.sentence, [Fact("waits", line) for line in exc.waiting])
    if hasattr(exc, "__submission_line__") or isinstance(exc, asyncio.CancelledError):
        line = getattr(exc, "__submission_line__", None)
        return Verdict("raised", f"The code raised {_described(exc)}.", (), line)
    if isinstance(exc, (CannotCross, TypeError)) and _is_crossing(exc):
        return Verdict("raised", f"The code returned something that cannot be checked: {exc}.")
    if isinstance(exc, TypeError) and _awaits_plain(str(exc)):
        return Verdict(
            "rejected",
            "A plain function was found where a coroutine is due: define it with `async def`.",
            [Fact("got", str(exc))],
        )
    if Path(str(excinfo.traceback[-1].path)).is_relative_to(_PACKAGE) and not _came_back(exc):
        return Verdict("grader error", f"The grader failed: {_described(exc)}.")
    if _came_back(exc):
        return Verdict("raised", f"The code raised {_described(exc)}.")
    return Verdict("rejected", f"The answer does not have the form that the exercise asks for: {_described(exc)}.")


def _came_back(exc: BaseException) -> bool:
    """Whether an exception was made from one that the sandbox has sent."""
    return getattr(exc, "__from_sandbox__", False) is True


def _is_crossing(exc: BaseException) -> bool:
    return "cannot be passed on" in str(exc)


def _awaits_plain(text: str) -> bool:
    return bool(_NOT_AWAITABLE.search(text)) or "a coroutine was expected" in text or "is required" in text


def _described(exc: BaseException) -> str:
    text = str(exc).partition("\n")[0][:300]
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__


def _did_not_raise(text: str) -> str:
    first = text.partition("\n")[0]
    expected = first.removeprefix("DID NOT RAISE ")
    names = re.findall(r"(\w+)(?:'>)?(?=[,)]|$)", expected) if expected != first else []
    return f"{' or '.join(names)} was expected, and nothing was raised." if names else first[:300]


def _message(exc: AssertionError) -> str:
    """The message after the comma of an ``assert``, empty where there is none."""
    first = str(exc).partition("\n")[0]
    return "" if not first or first.startswith("assert ") else first[:300]


def _confused(comparison: Comparison | None) -> str:
    """What is to be said where values are equal and their types are not; else nothing."""
    if comparison is None or not isinstance(comparison.right, Exactly) or comparison.right.confusion is None:
        return ""
    got, due = (f"{_short.repr(value)} ({type(value).__name__})" for value in comparison.right.confusion)
    return f"A value of the wrong type was found: {due} was expected, and {got} is not the same."


def _assertion(statement: str) -> str:
    """What an ``assert`` statement asserts, without its message."""
    try:
        (parsed,) = ast.parse(textwrap.dedent(statement).strip()).body
    except (SyntaxError, ValueError):
        return statement.strip().removeprefix("assert ").partition("\n")[0]
    return ast.unparse(parsed.test) if isinstance(parsed, ast.Assert) else ast.unparse(parsed)


def _compared(excinfo: ExceptionInfo[BaseException], comparison: Comparison | None) -> list[Fact]:
    """What was expected and what was got, where the assertion was a comparison; else the assertion itself."""
    checked = Fact("checked", _assertion(str(excinfo.traceback[-1].statement))[:200])
    if comparison is None:
        return [checked]
    words = _IN_WORDS.get(comparison.operator, comparison.operator)
    right = comparison.right.value if isinstance(comparison.right, Exactly) else comparison.right
    return [
        Fact("expected", f"{words} {_short.repr(right)}".lstrip()),
        Fact("got", _short.repr(comparison.left)),
        checked,
    ]
