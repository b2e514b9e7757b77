"""Judges an exercise's own files, and holds them against the law."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from grader.catalog import Exercise
from grader.classroom.pool import Judged, OpenBench, job_for, judge_each
from grader.judge.job import Job
from grader.law import Candidate, LawReport, Role, Trial, check
from grader.records.results import Dimension
from grader.rubric import RubricError, score


def verify(
    exercises: Sequence[Exercise],
    *,
    open_bench: OpenBench,
    workers: int,
    weather_seeds: int | None = None,
    judged: Callable[[], None] = lambda: None,
) -> Generator[LawReport, None, None]:
    """Judge every candidate and yield each exercise's report in order, as soon as it is complete.

    `judged` is called for each candidate that is done.
    """
    dockets = [_Docket.of(exercise, weather_seeds) for exercise in exercises]
    owners = [(docket, at) for docket in dockets for at in range(len(docket.jobs))]
    jobs = [docket.jobs[at] for docket, at in owners]
    reported = 0
    with closing(judge_each(jobs, open_bench, workers=workers)) as all_judged:
        for done in all_judged:
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
    return tuple(Candidate(role, exercise.shown(path), dimension) for role, path, dimension in paths if path.is_file())


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
            job_for(exercise, (exercise.root / candidate.path).read_bytes(), weather_seeds=weather_seeds)
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
