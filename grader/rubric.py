"""From the outcomes of tests to points. Pure, exact and deterministic."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from grader.records.results import Dimension, Ending, Fact, TestResult
from grader.records.trace import Trace


class RubricError(ValueError):
    """The outcomes of a suite cannot be turned into points. The text is one sentence."""


class Outcome(msgspec.Struct, frozen=True):
    """How one run of one hidden test ended, before its points are scaled.

    `weight` is the number of points that the test's marker gives. `seed` is the weather of the run;
    a test that asks for several seeds has an outcome, under the same name, for each of them.
    `public` says that `cause` and `line` hold nothing of the hidden test.
    `trace_digest` is that of the run's trace, also where the trace itself has been left out.
    """

    name: str
    dimension: Dimension
    weight: float
    ending: Ending
    sentence: str
    cause: str = ""
    facts: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    line: int | None = None
    public: bool = False
    seed: int | None = None
    virtual_seconds: float = 0.0
    trace: Trace = Trace()
    trace_digest: str = ""


def score(outcomes: Sequence[Outcome], points: float) -> tuple[TestResult, ...]:
    """One result for each test, in the order of first appearance; their points sum to `points`."""
    runs: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        of_one_test = runs.setdefault(outcome.name, [])
        if any(run.seed == outcome.seed for run in of_one_test):
            raise RubricError(f"Two hidden tests are named {outcome.name}.")
        of_one_test.append(outcome)
    shown = list(map(_shown, runs.values()))
    return tuple(map(_result, shown, share([outcome.weight for outcome in shown], points)))


def share(weights: Sequence[float], points: float) -> tuple[float, ...]:
    """Split `points` in proportion to `weights`, in hundredths (or finer, where `points` is finer).

    Each part is at most one unit away from its exact share, and the parts sum to `points`: the units
    that rounding down leaves over go to the largest remainders, the earlier test first.
    """
    if not weights:
        return ()
    if any(not math.isfinite(weight) or weight < 0 for weight in weights):
        raise RubricError("A test's points must be a finite number that is not negative.")
    total = sum(map(_exact, weights))
    if total == 0:
        raise RubricError("The tests of a suite cannot all be worth 0 points.")
    unit = _unit(points)
    exact = [_exact(weight) / total * _exact(points) / unit for weight in weights]
    parts = [math.floor(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda at: parts[at] - exact[at])
    for at in by_remainder[: int(_exact(points) / unit) - sum(parts)]:
        parts[at] += 1
    return tuple(float(part * unit) for part in parts)


def total(parts: Iterable[float]) -> float:
    """The sum as a person would write it: 0.1 + 0.2 is 0.3."""
    return float(sum(map(_exact, parts), Fraction()))


def _exact(number: float) -> Fraction:
    # Through the shortest decimal form: 0.1 is meant as 1/10, not as the nearest binary fraction.
    return Fraction(repr(float(number)))


def _unit(points: float) -> Fraction:
    exponent = Decimal(repr(float(points))).as_tuple().exponent
    assert isinstance(exponent, int)
    return Fraction(1, 10 ** max(2, -exponent))


def _shown(runs: Sequence[Outcome]) -> Outcome:
    """The first failing run of a test, or its first where each passed.

    A fault of the submission is shown before one of the grader, whose seed proves nothing.
    """
    failing = [run for run in runs if run.ending != "passed"]
    charged = [run for run in failing if run.ending != "grader error"]
    return (charged or failing or runs)[0]


def _result(outcome: Outcome, points: float) -> TestResult:
    passed = outcome.ending == "passed"
    return TestResult(
        name=outcome.name,
        dimension=outcome.dimension,
        points=points,
        earned=points if passed else 0.0,
        ending=outcome.ending,
        sentence=outcome.sentence,
        cause=outcome.cause,
        facts=outcome.facts,
        notes=outcome.notes,
        printed=outcome.printed,
        line=outcome.line,
        public=outcome.public,
        seed=None if passed else outcome.seed,
        virtual_seconds=outcome.virtual_seconds,
        trace=outcome.trace,
        trace_digest=outcome.trace_digest or outcome.trace.digest,
    )
