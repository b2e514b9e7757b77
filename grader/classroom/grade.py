"""Grades a class: what was handed in goes into the ledger, then what has no verdict is judged, then all is reported."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from grader.catalog import Course, Exercise
from grader.classroom.engine import Addresses
from grader.classroom.entries import Adjustment, Entry, Verdict, digest_of
from grader.classroom.late import Lateness
from grader.classroom.ledger import LEDGER, Ledger, LedgerError
from grader.classroom.pool import Judged, Judges, job_for
from grader.classroom.publish import make_ready, publish
from grader.classroom.sources import Kind, Source
from grader.classroom.submissions import Student, SubmissionsError
from grader.judge.job import Job
from grader.records.results import ClassResult, ExerciseResult, Machine, StudentResult
from grader.reports.feedback import Feedback
from grader.rubric import Outcome, RubricError, score, total


class Watcher(Protocol):
    """Is told how a grading goes on, always from the caller's thread."""

    def begins(self, submissions: int) -> None:
        """So many submissions are to be judged."""
        ...

    def judged(self, *, failed: bool) -> None:
        """One more submission is judged, unless the grader has failed."""
        ...

    def finished(self, student: StudentResult) -> None:
        """All that a student handed in is judged."""
        ...


class Unwatched:
    """A watcher that does nothing."""

    def begins(self, submissions: int) -> None: ...

    def judged(self, *, failed: bool) -> None: ...

    def finished(self, student: StudentResult) -> None: ...


def grade(
    course: Course,
    submissions: Path,
    out: Path,
    *,
    judges: Judges,
    walls: str,
    ledger: str = "",
    kind: Kind | None = None,
    branches: str = "",
    exercises: Sequence[Exercise] = (),
    extensions: Mapping[str, Mapping[str, datetime]] | None = None,
    input_seed: int = 0,
    feedback: Feedback = "full",
    watcher: Watcher | None = None,
) -> ClassResult:
    """Judge what has not been judged yet, write the results into `out`, and return them in brief.

    `ledger` is a path or a URL; where it is empty, the ledger lies in `out`. `kind` says how the submissions lie
    there, where that is not to be recognised; `branches` are those of the repository at `submissions`. Where no
    `exercises` are named, they are those that somebody has handed in. `extensions` are deadlines of single
    students. `input_seed` draws the suites' random inputs. `walls` says what holds submissions in. `feedback` says how
    much the pages of the students tell.

    Raises:
        SubmissionsError: there is nothing to grade, or `out` is no place for results.
        LedgerError: the ledger cannot be used.
        PublishError: the results cannot be written.
    """
    began = time.perf_counter()
    chosen = tuple(exercises) or course.exercises
    source = Source(submissions, kind, branches)
    _check_input(source, out, chosen)
    make_ready(out)
    with Ledger(ledger or out / LEDGER) as open_ledger:
        grading = Grading(open_ledger, Lateness(course, extensions or {}), chosen, input_seed=input_seed, walls=walls)
        with source.students() as students:
            grading.take_in(students, leave_out=not exercises)
        grading.judge(judges, watcher or Unwatched())
        machine = Machine(
            python=platform.python_version(),
            platform=platform.platform(),
            aiohttp=version("aiohttp"),
            walls=walls,
            real_seconds=round(time.perf_counter() - began, 3),
        )
        result = publish(
            grading.results(),
            grading.names,
            machine,
            input_seed,
            out,
            feedback=feedback,
            source_of=open_ledger.content,
        )
        if grading.trouble is not None:
            grading.trouble.result = result
            raise grading.trouble
        return result


class _Who(NamedTuple):
    name: str
    ident: str


class Grading:
    """One grading of a class. Of each submission only its digest is kept here; the rest is in the ledger."""

    def __init__(
        self, ledger: Ledger, lateness: Lateness, exercises: Sequence[Exercise], *, input_seed: int, walls: str
    ) -> None:
        self._ledger = ledger
        self._lateness = lateness
        self._exercises = tuple(exercises)
        self._input_seed = input_seed
        self._walls = walls
        self._addresses = Addresses(exercises, input_seed=input_seed, walls=walls)
        #: The students, and the addresses of the verdicts on what each of them has handed in.
        self._students: dict[_Who, list[str]] = {}
        #: What there is to judge: by address, the exercise and the digest of the source.
        self._wanted: dict[str, tuple[str, str]] = {}
        #: What the grader failed to judge, which no ledger remembers.
        self._failed: dict[str, Judged] = {}
        #: Verdicts that could not be written, and why the first of them could not.
        self._unwritten: dict[str, Verdict] = {}
        self.trouble: LedgerError | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The students."""
        return tuple(student.name for student in self._students)

    def take_in(self, students: Sequence[Student], *, leave_out: bool) -> None:
        """Enter into the ledger what all have handed in.

        With `leave_out`, an exercise that nobody has handed in has not been set; where nobody has handed in
        anything, all count.
        """
        set_ = set()
        for student in students:
            entries = [_entry(student, exercise) for exercise in self._exercises]
            self._ledger.hand_in(student.name, entries)
            set_ |= {entry.exercise for entry in entries if not entry.absent}
            wanted = {
                self._addresses.of(entry.exercise, entry.source): (entry.exercise, entry.source)
                for entry in entries
                if entry.source is not None
            }
            self._students[_Who(student.name, student.ident)] = list(wanted)
            self._wanted |= wanted
        if leave_out and set_:
            self._exercises = tuple(exercise for exercise in self._exercises if exercise.name in set_)

    def judge(self, judges: Judges, watcher: Watcher) -> None:
        """Reach a verdict on everything that has none. What is alike is judged once."""
        known = self._ledger.known(self._wanted)
        todo = [address for address in self._wanted if address not in known]
        watcher.begins(len(todo))
        waiting = _Waiting(self._students, set(todo))
        # Closed at once when this is left by an error or Ctrl-C: nothing goes on being judged.
        with closing(judges(self._jobs(todo))) as all_judged:
            for judged in all_judged:
                address = todo[judged.index]
                failed = bool(judged.problem) or any(one.ending == "grader error" for one in judged.outcomes)
                if failed:
                    self._failed[address] = judged
                else:
                    self._record(self._verdict(address, judged))
                watcher.judged(failed=failed)
                for student in waiting.without(address):
                    watcher.finished(self._result(student, {}))

    def results(self) -> Iterator[StudentResult]:
        """The students' results, one at a time."""
        known = self._known_tests()
        for student in self._students:
            yield self._result(student, known)

    def _jobs(self, addresses: Sequence[str]) -> Iterator[Job]:
        by_name = {exercise.name: exercise for exercise in self._exercises}
        for address in addresses:
            exercise, source = self._wanted[address]
            yield job_for(by_name[exercise], self._ledger.content(source), input_seed=self._input_seed)

    def _record(self, verdict: Verdict) -> None:
        try:
            self._ledger.record(verdict)
        except LedgerError as error:
            # What has been judged is still reported, and the rest is judged.
            self._unwritten[verdict.address] = verdict
            self.trouble = self.trouble or error

    def _verdict(self, address: str, judged: Judged) -> Verdict:
        exercise, source = self._wanted[address]
        return Verdict(
            address, exercise, source, self._walls, judged.outcomes, round(judged.real_seconds, 3), self._input_seed
        )

    def _result(self, student: _Who, known: Mapping[str, tuple[Outcome, ...]]) -> StudentResult:
        entries = self._ledger.entries(student.name)
        adjustments = list(self._ledger.adjustments(student.name))
        verdicts = {**self._unwritten, **self._ledger.verdicts(self._students[student])}
        return StudentResult(
            student=student.name,
            exercises=tuple(
                adjusted(self._exercise_result(student, exercise, entries[exercise.name], verdicts, known), adjustments)
                for exercise in self._exercises
            ),
            ident=student.ident,
        )

    def _exercise_result(
        self,
        student: _Who,
        exercise: Exercise,
        entry: Entry,
        verdicts: Mapping[str, Verdict],
        known: Mapping[str, tuple[Outcome, ...]],
    ) -> ExerciseResult:
        if entry.source is None:
            return ExerciseResult(exercise.name, exercise.title, exercise.points, 0.0, problem=entry.problem)
        address = self._addresses.of(exercise.name, entry.source)
        if address in verdicts:
            outcomes, problem, took = verdicts[address].outcomes, "", verdicts[address].real_seconds
        else:
            failed = self._failed[address]
            outcomes, problem, took = failed.outcomes, failed.problem, round(failed.real_seconds, 3)
        result = scored(exercise, entry.source, outcomes, problem, known.get(exercise.name, ()), took)
        return self._lateness.counted(result, exercise, student, entry)

    def _known_tests(self) -> dict[str, tuple[Outcome, ...]]:
        """The tests of the exercises at which the grader failed, as a submission that was judged showed them."""
        known: dict[str, tuple[Outcome, ...]] = {}
        lacking = {self._wanted[address][0] for address in self._failed}
        for address, (exercise, _) in self._wanted.items():
            if exercise in lacking and exercise not in known and address not in self._failed:
                known.update((exercise, verdict.outcomes) for verdict in self._ledger.verdicts([address]).values())
        return known


class _Waiting:
    """Who waits for which verdicts."""

    def __init__(self, students: Mapping[_Who, Sequence[str]], todo: set[str]) -> None:
        self._left: dict[_Who, int] = {}
        self._by_address: dict[str, list[_Who]] = {}
        for student, addresses in students.items():
            mine = [address for address in addresses if address in todo]
            for address in mine:
                self._by_address.setdefault(address, []).append(student)
            self._left[student] = len(mine)

    def without(self, address: str) -> Iterator[_Who]:
        """This verdict is there: the students who wait for no other now."""
        for student in self._by_address.pop(address, ()):
            self._left[student] -= 1
            if not self._left[student]:
                yield student


def _entry(student: Student, exercise: Exercise) -> Entry:
    found = student.read(exercise)
    source = None if found.source is None else digest_of(found.source)
    return Entry(
        exercise.name,
        source,
        found.problem,
        found.absent,
        found.handed_in,
        found.remark,
        content=found.source,
    )


def adjusted(result: ExerciseResult, adjustments: Sequence[Adjustment]) -> ExerciseResult:
    """The result with what people have decided about it."""
    mine = [one for one in adjustments if one.exercise == result.exercise]
    if not mine:
        return result
    return msgspec.structs.replace(
        result, adjustment=total(one.points for one in mine), adjusted=tuple(one.sentence for one in mine)
    )


def scored(
    exercise: Exercise,
    source: str,
    outcomes: tuple[Outcome, ...],
    problem: str = "",
    known: tuple[Outcome, ...] = (),
    real_seconds: float = 0.0,
) -> ExerciseResult:
    """The result of the source with this digest. With a `problem` of the grader's, the `known` tests are open."""
    said = problem and f"The grader failed, not the submission: {problem}"
    try:
        tests = score(_unjudged(known, problem) if problem else outcomes, exercise.points)
    except RubricError as error:
        tests, said = (), f"The grader failed, not the submission: {error}"
    return ExerciseResult(
        exercise=exercise.name,
        title=exercise.title,
        points=exercise.points,
        earned=total(test.earned for test in tests),
        tests=tests,
        problem=said,
        source_digest=source,
        real_seconds=real_seconds,
    )


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
        if not exercise.has_suite:
            raise SubmissionsError(
                f"{exercise.name} cannot be graded: {exercise.shown(exercise.hidden_suite)} is missing."
            )
