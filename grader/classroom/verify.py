"""Judges an exercise's own files, and holds them against the law."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec

from grader.catalog import Exercise
from grader.classroom.pool import OpenBench, job_for, judge_each
from grader.judge.job import Job
from grader.law import Candidate, LawReport, Role, Trial, check
from grader.records.results import Dimension
from grader.rubric import Outcome, RubricError, score


def verify(
    exercises: Sequence[Exercise],
    *,
    open_bench: OpenBench,
    workers: int,
    weather_seeds: int | None = None,
    every_test: bool = False,
    judged: Callable[[], None] = lambda: None,
) -> Generator[LawReport, None, None]:
    """Judge every candidate, and yield each exercise's report, in order.

    A mistake faces the tests of the dimension that it names, and those of the others that nothing else has failed;
    with `every_test`, all. `judged` is called for each candidate that is done.
    """
    dockets = [_Docket(exercise, weather_seeds) for exercise in exercises]
    rounds: tuple[Callable[[_Docket], Iterator[_Hearing]], ...] = (
        (_Docket.everything,) if every_test else (_Docket.right_ways_and_stub, _Docket.mistakes, _Docket.unfailed_tests)
    )
    for number, hearings in enumerate(rounds):
        listed = [(docket, hearing) for docket in dockets for hearing in hearings(docket)]
        jobs = [docket.job(hearing) for docket, hearing in listed]
        with closing(judge_each(jobs, open_bench, workers=workers)) as all_judged:
            for done in all_judged:
                docket, hearing = listed[done.index]
                docket.heard(hearing, done.outcomes, done.problem)
                if number < 2:
                    judged()
    for docket in dockets:
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
    return tuple(Candidate(role, exercise.shown(path), dimension) for role, path, dimension in paths if path.is_file())


class _Hearing(NamedTuple):
    """A candidate by its place, and the tests that it is to face: all where there are none."""

    candidate: int
    tests: tuple[str, ...] = ()


class _Docket:
    """One exercise while its candidates are being judged."""

    def __init__(self, exercise: Exercise, weather_seeds: int | None) -> None:
        self._exercise = exercise
        self._weather_seeds = weather_seeds
        self._candidates = candidates(exercise)
        self._outcomes: list[tuple[Outcome, ...]] = [() for _ in self._candidates]
        self._problems = ["" for _ in self._candidates]

    def everything(self) -> Iterator[_Hearing]:
        yield from map(_Hearing, range(len(self._candidates)))

    def right_ways_and_stub(self) -> Iterator[_Hearing]:
        for place, candidate in enumerate(self._candidates):
            if candidate.role != "mistake":
                yield _Hearing(place)

    def mistakes(self) -> Iterator[_Hearing]:
        """Each mistake before the tests that are to catch it."""
        tests = {outcome.name: outcome.dimension for outcomes in self._outcomes for outcome in outcomes}
        for place, candidate in enumerate(self._candidates):
            if candidate.role == "mistake":
                yield _Hearing(place, tuple(name for name in tests if tests[name] == candidate.dimension))

    def unfailed_tests(self) -> Iterator[_Hearing]:
        """Each mistake before the tests that it has not faced and that neither a mistake nor the stub has failed."""
        unfailed = [column.name for column in self.report().columns if not column.failed_by_some]
        for place, candidate in enumerate(self._candidates):
            faced = {outcome.name for outcome in self._outcomes[place]}
            if candidate.role == "mistake" and (left := tuple(name for name in unfailed if name not in faced)):
                yield _Hearing(place, left)

    def job(self, hearing: _Hearing) -> Job:
        source = (self._exercise.root / self._candidates[hearing.candidate].path).read_bytes()
        job = job_for(self._exercise, source, weather_seeds=self._weather_seeds)
        return msgspec.structs.replace(job, tests=hearing.tests)

    def heard(self, hearing: _Hearing, outcomes: tuple[Outcome, ...], problem: str) -> None:
        self._outcomes[hearing.candidate] += outcomes
        self._problems[hearing.candidate] = problem or self._problems[hearing.candidate]

    def report(self) -> LawReport:
        exercise = self._exercise
        needed = (exercise.hidden_suite, exercise.solution)
        missing = [f"{exercise.shown(path)} is missing." for path in needed if not path.exists()]
        trials = [self._trial(place) for place in range(len(self._candidates))]
        return check(exercise.name, trials, [*exercise.check_layout(), *missing])

    def _trial(self, place: int) -> Trial:
        candidate, problem = self._candidates[place], self._problems[place]
        if problem:
            return Trial(candidate, (), problem)
        try:
            return Trial(candidate, score(self._outcomes[place], self._exercise.points))
        except RubricError as error:
            return Trial(candidate, (), str(error))
