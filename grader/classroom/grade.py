"""Grades a class: every student's file for every exercise."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from grader.catalog import Course, Exercise
from grader.classroom.late import Lateness
from grader.classroom.pool import Judged, OpenBench, job_for, judge_each
from grader.classroom.publish import make_ready, publish
from grader.classroom.sources import Kind, Source
from grader.classroom.submissions import Student, Submission, SubmissionsError
from grader.judge.job import Job
from grader.records.results import ClassResult, ExerciseResult, Machine, StudentResult
from grader.rubric import Outcome, RubricError, score, total


class Watcher(Protocol):
    """Is told how a grading goes on, always from the caller's thread."""

    def begins(self, submissions: int) -> None:
        """So many submissions are to be judged."""
        ...

    def judged(self) -> None:
        """One more submission is judged."""
        ...

    def finished(self, student: StudentResult) -> None:
        """All that a student handed in is judged."""
        ...


class Unwatched:
    """A watcher that does nothing."""

    def begins(self, submissions: int) -> None: ...

    def judged(self) -> None: ...

    def finished(self, student: StudentResult) -> None: ...


def grade(
    course: Course,
    submissions: Path,
    out: Path,
    *,
    open_bench: OpenBench,
    workers: int,
    walls: str,
    kind: Kind | None = None,
    branches: str = "",
    exercises: Sequence[Exercise] = (),
    extensions: Mapping[str, Mapping[str, datetime]] | None = None,
    input_seed: int = 0,
    watcher: Watcher | None = None,
) -> ClassResult:
    """Judge all submissions, write the results into `out`, and return them.

    `kind` says how the submissions lie there, where that is not to be recognised; `branches` are those of the
    repository at `submissions`. Where no `exercises` are named, they are those that somebody has handed in.
    `extensions` are deadlines of single students. `input_seed` draws the suites' random inputs. `walls` says what
    holds submissions in.

    Raises:
        SubmissionsError: there is nothing to grade, or `out` is no place for results.
        PublishError: the results cannot be written.
    """
    began = time.perf_counter()
    chosen = tuple(exercises) or course.exercises
    source = Source(submissions, kind, branches)
    _check_input(source, out, chosen)
    make_ready(out)
    lateness = Lateness(course, extensions or {})
    with source.students() as students:
        folders = [_Folder(student, chosen, input_seed, lateness) for student in students]
    if not exercises:
        _leave_out_what_nobody_did(folders)
    _judge(folders, open_bench, workers, watcher or Unwatched())
    known = _known_tests(folders)
    result = ClassResult(
        students=tuple(folder.result(known) for folder in folders),
        machine=Machine(
            python=platform.python_version(),
            platform=platform.platform(),
            aiohttp=version("aiohttp"),
            walls=walls,
            real_seconds=round(time.perf_counter() - began, 3),
        ),
        input_seed=input_seed,
    )
    publish(result, out)
    return result


@dataclass
class _Folder:
    """What one student handed in while it is being judged."""

    student: Student
    exercises: tuple[Exercise, ...]
    input_seed: int
    lateness: Lateness
    submissions: dict[str, Submission] = field(init=False)
    judged: dict[str, Judged] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.submissions = {exercise.name: self.student.read(exercise) for exercise in self.exercises}

    def jobs(self) -> list[Job]:
        return [
            job_for(exercise, source, input_seed=self.input_seed)
            for exercise in self.exercises
            if (source := self.submissions[exercise.name].source) is not None
        ]

    def result(self, known: Mapping[str, tuple[Outcome, ...]]) -> StudentResult:
        return StudentResult(
            student=self.student.name,
            exercises=tuple(self._exercise_result(exercise, known) for exercise in self.exercises),
            ident=self.student.ident,
        )

    def _exercise_result(self, exercise: Exercise, known: Mapping[str, tuple[Outcome, ...]]) -> ExerciseResult:
        submission = self.submissions[exercise.name]
        judged = self.judged.get(exercise.name)
        result = _exercise_result(exercise, submission, judged, known.get(exercise.name, ()))
        return self.lateness.counted(result, exercise, self.student, submission)


def _leave_out_what_nobody_did(folders: Sequence[_Folder]) -> None:
    """An exercise that nobody has handed in has not been set; where nobody has handed in anything, all count."""
    done = {name for folder in folders for name, submission in folder.submissions.items() if not submission.absent}
    for folder in folders if done else ():
        folder.exercises = tuple(exercise for exercise in folder.exercises if exercise.name in done)


def _judge(folders: Sequence[_Folder], open_bench: OpenBench, workers: int, watcher: Watcher) -> None:
    """Judge all folders, one student after the other, so that each is finished as early as can be."""
    jobs = [(folder, job) for folder in folders for job in folder.jobs()]
    waiting = {id(folder): len(folder.jobs()) for folder in folders}
    watcher.begins(len(jobs))
    for folder in folders:
        if not waiting[id(folder)]:
            watcher.finished(folder.result({}))
    # Closed at once when this function is left by an error or Ctrl-C: nothing goes on being judged.
    with closing(judge_each([job for _, job in jobs], open_bench, workers=workers)) as all_judged:
        for judged in all_judged:
            folder, job = jobs[judged.index]
            folder.judged[job.exercise] = judged
            watcher.judged()
            waiting[id(folder)] -= 1
            if not waiting[id(folder)]:
                watcher.finished(folder.result({}))


def _exercise_result(
    exercise: Exercise, submission: Submission, judged: Judged | None, known: tuple[Outcome, ...]
) -> ExerciseResult:
    if judged is None or submission.source is None:
        return ExerciseResult(exercise.name, exercise.title, exercise.points, 0.0, problem=submission.problem)
    problem = judged.problem and f"The grader failed, not the submission: {judged.problem}"
    outcomes = _unjudged(known, judged.problem) if problem else judged.outcomes
    try:
        tests = score(outcomes, exercise.points)
    except RubricError as error:
        tests, problem = (), f"The grader failed, not the submission: {error}"
    return ExerciseResult(
        exercise=exercise.name,
        title=exercise.title,
        points=exercise.points,
        earned=total(test.earned for test in tests),
        tests=tests,
        problem=problem,
        source_digest=hashlib.sha256(submission.source).hexdigest(),
        real_seconds=round(judged.real_seconds, 3),
    )


def _known_tests(folders: Sequence[_Folder]) -> dict[str, tuple[Outcome, ...]]:
    """Each exercise's tests, as the first submission that was judged showed them."""
    known: dict[str, tuple[Outcome, ...]] = {}
    for folder in folders:
        for name, judged in folder.judged.items():
            if judged.outcomes:
                known.setdefault(name, judged.outcomes)
    return known


def _unjudged(known: tuple[Outcome, ...], problem: str) -> tuple[Outcome, ...]:
    """The same tests, for a submission that the grader could not judge."""
    return tuple(
        Outcome(
            name=outcome.name,
            dimension=outcome.dimension,
            weight=outcome.weight,
            ending="grader error",
            sentence=outcome.sentence,
            cause=problem,
        )
        for outcome in known
    )


def _check_input(source: Source, out: Path, exercises: Sequence[Exercise]) -> None:
    if not source.branches and out.resolve().is_relative_to(source.path.resolve()):
        raise SubmissionsError(
            f"The results cannot be written into {source.path}: they would be taken for a student's folder."
        )
    if out.exists() and not out.is_dir():
        raise SubmissionsError(f"The results cannot be written to {out}: it is not a folder.")
    if not exercises:
        raise SubmissionsError("The course has no exercises to grade.")
    for exercise in exercises:
        if not exercise.hidden_suite.is_dir():
            raise SubmissionsError(
                f"{exercise.name} cannot be graded: {exercise.shown(exercise.hidden_suite)} is missing."
            )
