"""The kit's law over its own exercises: stubs fail, right ways pass, each mistake is caught as it says.

Pure: from the results of an exercise's files to a matrix and the breaches in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

import msgspec

from grader.records.results import DIMENSIONS, Dimension, TestResult
from grader.rubric import total

Role = Literal["solution", "alternative", "stub", "mistake"]


class Candidate(msgspec.Struct, frozen=True):
    """A file of the kit that is judged like a submission. `dimension` is the one a mistake names."""

    role: Role
    path: str
    dimension: Dimension | None = None


class Trial(msgspec.Struct, frozen=True):
    """How a candidate fared. `problem` is set where the judge failed and there are no results."""

    candidate: Candidate
    results: tuple[TestResult, ...]
    problem: str = ""

    @property
    def lost(self) -> float:
        """Points lost, the grader's own errors included."""
        return total(result.points - result.earned for result in self.results)


class Column(msgspec.Struct, frozen=True):
    """One hidden test. `failed_by_some` is false where neither the stub nor a mistake fails it."""

    name: str
    dimension: Dimension
    failed_by_some: bool


class LawReport(msgspec.Struct, frozen=True):
    """An exercise's matrix of candidates and hidden tests, and a sentence for each breach of the law.

    The columns are grouped by dimension. `lawful` says of each trial whether it went as it must.
    """

    exercise: str
    columns: tuple[Column, ...]
    trials: tuple[Trial, ...]
    lawful: tuple[bool, ...]
    breaches: tuple[str, ...]


def check(exercise: str, trials: Sequence[Trial], layout: Sequence[str] = ()) -> LawReport:
    """Hold the trials of one exercise against the law. `layout` are breaches found on disk."""
    columns = _columns(trials)
    of_trials = [_breaches(trial, columns) for trial in trials]
    unused = [
        f"{column.name} ({column.dimension}) is failed by no mistake, and not by the stub."
        for column in columns
        if not column.failed_by_some
    ]
    return LawReport(
        exercise=exercise,
        columns=columns,
        trials=tuple(trials),
        lawful=tuple(not breaches for breaches in of_trials),
        breaches=(*layout, *(line for breaches in of_trials for line in breaches), *unused),
    )


def _columns(trials: Sequence[Trial]) -> tuple[Column, ...]:
    """Every test that any candidate ran, each once, grouped by dimension."""
    tests: dict[str, TestResult] = {}
    for trial in trials:
        for result in trial.results:
            tests.setdefault(result.name, result)
    failed = {
        result.name
        for trial in trials
        if trial.candidate.role in ("stub", "mistake")
        for result in trial.results
        if _failed(result)
    }
    in_order = sorted(tests.values(), key=lambda result: DIMENSIONS.index(result.dimension))
    return tuple(Column(result.name, result.dimension, result.name in failed) for result in in_order)


def _failed(result: TestResult) -> bool:
    """An error of the grader's own is no evidence that a test catches anything."""
    return result.ending not in ("passed", "grader error")


def _breaches(trial: Trial, columns: Sequence[Column]) -> list[str]:
    path, role = trial.candidate.path, trial.candidate.role
    if trial.problem:
        return [f"{path} could not be judged: {trial.problem}"]
    if not trial.results:
        return [f"{path} was judged by no test."]
    found = [
        f"{path}: {result.name} ended in a grader error{_cause(result)}."
        for result in trial.results
        if result.ending == "grader error"
    ]
    ran = {result.name for result in trial.results}
    found += [
        f"{path} was not judged by {column.name}."
        for column in columns
        if column.name not in ran and (role != "mistake" or column.dimension == trial.candidate.dimension)
    ]
    if role in ("solution", "alternative"):
        found += [
            f"{path} loses {result.points:g} of its points: {result.name} {_how(result)}."
            for result in trial.results
            if _failed(result)
        ]
    if role == "stub" and not any(map(_failed, trial.results)):
        found.append(f"{path} is the stub, and gets full marks.")
    if role == "mistake":
        found += _uncaught(trial)
    return found


def _uncaught(trial: Trial) -> list[str]:
    """Whether a mistake loses points, and where it says so."""
    candidate = trial.candidate
    failed = sorted(
        (result for result in trial.results if _failed(result) and result.points > 0),
        key=lambda result: DIMENSIONS.index(result.dimension),
    )
    by_dimension = [dimension for dimension, _ in groupby(failed, key=lambda result: result.dimension)]
    if candidate.dimension in by_dimension:
        return []
    if not by_dimension:
        return [f"{candidate.path} is not caught: it gets full marks."]
    caught_by = " and ".join(by_dimension)
    return [f"{candidate.path} is not caught by a {candidate.dimension} test, only by {caught_by}."]


def _how(result: TestResult) -> str:
    weather = "" if result.seed is None else f" under seed {result.seed}"
    return f"{result.ending}{weather}{_cause(result)}"


def _cause(result: TestResult) -> str:
    cause = result.cause.strip().partition("\n")[0].rstrip(".")
    return f" ({cause})" if cause else ""
