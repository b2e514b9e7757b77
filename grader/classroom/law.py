"""The kit's law over its own exercises: stubs fail, right ways pass, each mistake is caught as it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

import msgspec

from grader.catalog import Exercise
from grader.classroom.pool import Judged, OpenBench, job_for, judge_each
from grader.judge.job import Job
from grader.records.results import DIMENSIONS, Dimension, TestResult
from grader.rubric import RubricError, score, total

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


def verify(
    exercises: Sequence[Exercise],
    *,
    open_bench: OpenBench,
    workers: int,
    weather_seeds: int | None = None,
    judged: Callable[[], None] = lambda: None,
) -> Iterator[LawReport]:
    """Judge every candidate and yield each exercise's report in order, as soon as it is complete.

    `judged` is called for each candidate that is done.
    """
    dockets = [_Docket.of(exercise, weather_seeds) for exercise in exercises]
    owners = [(docket, at) for docket in dockets for at in range(len(docket.jobs))]
    jobs = [docket.jobs[at] for docket, at in owners]
    reported = 0
    for done in judge_each(jobs, open_bench, workers=workers):
        docket, at = owners[done.index]
        docket.trials[at] = _trial(docket.candidates[at], done)
        judged()
        while reported < len(dockets) and dockets[reported].complete:
            yield dockets[reported].report()
            reported += 1
    for docket in dockets[reported:]:
        yield docket.report()


def candidates(exercise: Exercise) -> tuple[Candidate, ...]:
    """The files to be judged, in the order of the matrix; none where there is no hidden suite."""
    if not exercise.hidden_suite.is_dir():
        return ()
    paths: list[tuple[Role, Path, Dimension | None]] = [
        ("solution", exercise.solution, None),
        *(("alternative", path, None) for path in exercise.alternatives),
        ("stub", exercise.stub, None),
        *(("mistake", mistake.path, mistake.dimension) for mistake in exercise.mistakes),
    ]
    return tuple(
        Candidate(role, exercise.shown(path), dimension) for role, path, dimension in paths if path.is_file()
    )


@dataclass
class _Docket:
    """One exercise while its candidates are being judged."""

    exercise: Exercise
    candidates: tuple[Candidate, ...]
    jobs: tuple[Job, ...]
    trials: dict[int, Trial]

    @classmethod
    def of(cls, exercise: Exercise, weather_seeds: int | None) -> _Docket:
        found = candidates(exercise)
        jobs = tuple(
            job_for(exercise, (exercise.root / candidate.path).read_bytes(), weather_seeds)
            for candidate in found
        )
        return cls(exercise, found, jobs, {})

    @property
    def complete(self) -> bool:
        return len(self.trials) == len(self.jobs)

    def report(self) -> LawReport:
        needed = (self.exercise.hidden_suite, self.exercise.solution)
        missing = [f"{self.exercise.shown(path)} is missing." for path in needed if not path.exists()]
        trials = [self.trials[at] for at in range(len(self.jobs))]
        return check(self.exercise.name, trials, [*self.exercise.check_layout(), *missing])


def _trial(candidate: Candidate, judged: Judged) -> Trial:
    if judged.problem:
        return Trial(candidate, (), judged.problem)
    try:
        return Trial(candidate, score(judged.outcomes, judged.job.points))
    except RubricError as error:
        return Trial(candidate, (), str(error))


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
    found += [f"{path} was not judged by {column.name}." for column in columns if column.name not in ran]
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
