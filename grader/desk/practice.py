"""Runs a student's file against the examples of its exercise, and the hidden suite where it is present."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

import msgspec

from grader.catalog import CatalogError, Exercise
from grader.classroom.pool import Judged, OpenBench, job_for, judge_each
from grader.judge.job import Job, Judge
from grader.messages import tr
from grader.records.results import ExerciseResult, TestResult
from grader.rubric import RubricError, score, total

Suite = Literal["examples", "hidden"]


@dataclass(frozen=True)
class Checked:
    """How one file fared: the results of its examples, and those of the hidden suite where it was asked for."""

    exercise: Exercise
    source: bytes
    examples: ExerciseResult
    hidden: ExerciseResult | None = None

    @property
    def tests(self) -> tuple[TestResult, ...]:
        """The results of all tests that were run."""
        return self.examples.tests + (self.hidden.tests if self.hidden is not None else ())

    @property
    def problem(self) -> str:
        """Why no test could be run, in one sentence."""
        return self.examples.problem or (self.hidden.problem if self.hidden is not None else "")

    @property
    def passed(self) -> int:
        return sum(test.ending == "passed" for test in self.tests)

    @property
    def good(self) -> bool:
        """Whether everything passed."""
        return not self.problem and self.passed == len(self.tests) > 0

    @property
    def failures(self) -> tuple[TestResult, ...]:
        """The tests that have not passed; those in which the grader has failed come last."""
        failed = [test for test in self.tests if test.ending != "passed"]
        return tuple(sorted(failed, key=lambda test: test.ending == "grader error"))

    @property
    def first_failure(self) -> TestResult | None:
        return self.failures[0] if self.failures else None


def check(
    exercises: Sequence[Exercise],
    *,
    open_bench: OpenBench,
    workers: int,
    hidden: bool = False,
    weather: int | None = None,
) -> Generator[Checked, None, None]:
    """Check each of `exercises` and yield it, in order, as soon as it and those before it are done.

    `weather` is the one seed that weather tests run under.

    Raises:
        CatalogError: a file is missing, or the hidden suite that was asked for.
    """
    papers = [_Paper(exercise, hidden, weather) for exercise in exercises]
    owners = [(paper, suite) for paper in papers for suite in paper.jobs]
    shown = 0
    with closing(judge_each([paper.jobs[suite] for paper, suite in owners], open_bench, workers=workers)) as judged:
        for done in judged:
            paper, suite = owners[done.index]
            paper.judged[suite] = done
            while shown < len(papers) and papers[shown].complete:
                yield papers[shown].checked()
                shown += 1


def debug(exercise: Exercise, test: TestResult, *, hidden: bool, bench: Judge) -> TestResult:
    """Run one test again, on a bench that gives the terminal to the submission; return how it ended.

    Raises:
        CatalogError: the file is missing.
        BenchError: the bench has failed.
    """
    suite = exercise.hidden_suite if hidden else exercise.examples
    job = job_for(exercise, read_source(exercise), weather=test.seed)
    outcomes = bench.judge(msgspec.structs.replace(job, suite=(str(suite),), tests=(test.name,)))
    return score(outcomes, exercise.points)[0]


class _Paper:
    """One exercise while it is being checked."""

    def __init__(self, exercise: Exercise, hidden: bool, weather: int | None) -> None:
        self.exercise = exercise
        self.source = read_source(exercise)
        self.judged: dict[Suite, Judged] = {}
        job = msgspec.structs.replace(job_for(exercise, self.source, weather=weather), traces=True)
        self.jobs: dict[Suite, Job] = {"examples": msgspec.structs.replace(job, suite=(str(exercise.examples),))}
        if hidden:
            if not exercise.hidden_suite.is_dir():
                where = exercise.shown(exercise.hidden_suite)
                raise CatalogError(tr("{where} is not here: check without --hidden.", where=where))
            self.jobs["hidden"] = job

    @property
    def complete(self) -> bool:
        return len(self.judged) == len(self.jobs)

    def checked(self) -> Checked:
        results = {suite: self._result(judged) for suite, judged in self.judged.items()}
        return Checked(self.exercise, self.source, results["examples"], results.get("hidden"))

    def _result(self, judged: Judged) -> ExerciseResult:
        exercise, problem = self.exercise, judged.problem
        tests: tuple[TestResult, ...] = ()
        try:
            tests = score(judged.outcomes, exercise.points)
        except RubricError as error:
            problem = problem or str(error)
        return ExerciseResult(
            exercise=exercise.name,
            title=exercise.title,
            points=exercise.points,
            earned=total(test.earned for test in tests),
            tests=tests,
            problem=problem,
            real_seconds=round(judged.real_seconds, 3),
        )


def read_source(exercise: Exercise) -> bytes:
    """The student's file.

    Raises:
        CatalogError: it is missing, or cannot be read.
    """
    try:
        return exercise.stub.read_bytes()
    except OSError as error:
        raise CatalogError(
            tr("{file} cannot be read: {error}.", file=exercise.shown(exercise.stub), error=error.strerror or error)
        ) from error
