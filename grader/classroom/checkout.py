"""One student's work in a checkout: which exercises have been begun or changed, and how they are graded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from grader.catalog import Course, Exercise
from grader.classroom.folders import RefusedError, printable
from grader.classroom.grade import Grading, Watcher
from grader.classroom.late import Lateness
from grader.classroom.ledger import Ledger
from grader.classroom.pool import Judges, job_for
from grader.classroom.sources.git import git_folder
from grader.classroom.sources.heads import checked_out
from grader.classroom.sources.tree import FolderTree
from grader.classroom.submissions import Part, Student, SubmissionsError, places
from grader.records.results import StudentResult
from grader.rubric import Outcome


@dataclass(frozen=True)
class Work:
    """What a student has pushed. `commit` is empty where it is no commit; `base` is what it is compared with."""

    student: Student
    commit: str = ""
    base: Student | None = None

    def place(self, exercise: Exercise) -> str:
        """Where the exercise's file lies, empty where it does not."""
        for place in places(exercise):
            for part in self.student.parts:
                try:
                    part.files.read(place)
                except FileNotFoundError:
                    continue
                except (RefusedError, OSError):
                    pass
                return place
        return ""

    def begun(self, exercise: Exercise) -> bool:
        """Whether something was handed in that is not the stub."""
        found = self.student.read(exercise)
        if found.source is None:
            return not found.absent
        return _lines(found.source) != _lines(exercise.stub.read_bytes())

    def changed(self, exercise: Exercise) -> bool:
        """Whether the exercise's file is another one than in the base."""
        if self.base is None:
            return True
        here, there = self.student.read(exercise), self.base.read(exercise)
        return (here.source, here.problem) != (there.source, there.problem)


@contextmanager
def work_in(
    folder: Path, name: str, *, base: str = "", handed_in: datetime | None = None, as_files: bool = False
) -> Iterator[Work]:
    """The work in a checkout: what the commit at its head holds, or else the files that lie there.

    With `as_files` a repository is not looked into. `handed_in` is when a service received the files.

    Raises:
        SubmissionsError: there is no such folder, or no such base.
    """
    if not folder.is_dir():
        raise SubmissionsError(f"{folder} is no folder: name the one in which the student's work is checked out.")
    # How a service's own folders are linked is no matter of the student's; links in them are not followed.
    folder = folder.resolve()
    if as_files or git_folder(folder) is None:
        if base:
            raise SubmissionsError(
                f"{folder} is not a Git repository: there is nothing to compare with {printable(base)}."
            )
        yield Work(Student(printable(name), (Part(FolderTree(folder), handed_in),)))
        return
    with checked_out(folder, base) as found:
        part = found.part if handed_in is None else replace(found.part, handed_in=handed_in)
        before = Student("base", (found.base,)) if found.base is not None else None
        yield Work(Student(printable(name), (part,)), found.commit, before)


def to_grade(work: Work, course: Course, named: Sequence[Exercise]) -> tuple[Exercise, ...]:
    """The exercises that are set: those that are named, or else those that have a suite and were begun.

    Where the work is compared with a base, only those that have changed since.
    """
    wanted = named or [exercise for exercise in course.exercises if exercise.has_suite and work.begun(exercise)]
    for exercise in wanted:
        if not exercise.has_suite:
            raise SubmissionsError(f"{exercise.name} cannot be graded: its hidden suite is missing.")
    return tuple(exercise for exercise in wanted if work.changed(exercise))


def grade_work(
    course: Course,
    work: Work,
    exercises: Sequence[Exercise],
    *,
    ledger: Ledger,
    judges: Judges,
    walls: str,
    extensions: Mapping[str, Mapping[str, datetime]],
    input_seed: int,
    watcher: Watcher,
    tell: Callable[[str], None],
) -> StudentResult:
    """The student's result. What the ledger knows is not judged again; where it cannot be written to, that is told."""
    lateness = Lateness(course, extensions)
    grading = Grading(ledger, lateness, exercises, input_seed=input_seed, walls=walls)
    grading.take_in([work.student], leave_out=False)
    grading.judge(judges, watcher)
    (result,) = grading.results()
    if grading.trouble is not None:
        tell(str(grading.trouble))
    return result


def failed_examples(
    work: Work, exercises: Sequence[Exercise], result: StudentResult, judges: Judges
) -> dict[str, Outcome]:
    """The first failed example of each exercise that has not full marks.

    Examples are no secret, so they can be shown where hidden tests cannot. They are those of the course: the
    student's own copy may be another.
    """
    short = {one.exercise for one in result.exercises if one.score < one.points and not one.has_grader_error}
    jobs = []
    for exercise in exercises:
        source = work.student.read(exercise).source if exercise.name in short else None
        if source is not None and exercise.examples.is_file():
            job = job_for(exercise, source)
            jobs.append(msgspec.structs.replace(job, suite=(str(exercise.examples),), files={}))
    found = {}
    for judged in judges(jobs) if jobs else ():
        failed = [outcome for outcome in judged.outcomes if outcome.ending not in ("passed", "grader error")]
        if failed:
            found[judged.job.exercise] = failed[0]
    return found


def _lines(source: bytes) -> list[bytes]:
    # However the lines end, and whatever stands behind them: editors change that by themselves.
    return [line.rstrip() for line in source.strip().splitlines()]
