"""Why a score is what it is: what the ledger knows of one student's work on one exercise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from grader.catalog import Course, Exercise
from grader.classroom.entries import Entry, Verdict
from grader.classroom.grade import adjusted, scored
from grader.classroom.ledger import Ledger, LedgerError
from grader.classroom.pool import job_for
from grader.judge.job import Judge
from grader.records.results import ExerciseResult
from grader.rubric import Outcome


@dataclass(frozen=True)
class Record:
    """The newest attempt, the newest verdict on it, and the result that the two make.

    What lateness takes depends on the extensions of a grading, and stands in its reports.
    """

    exercise: Exercise
    content: bytes
    entry: Entry
    verdict: Verdict
    result: ExerciseResult

    @classmethod
    def of(cls, ledger: Ledger, course: Course, exercise: Exercise, student: str) -> Record:
        """Look a student's work up.

        Raises:
            LedgerError: there is none, or no verdict on it.
        """
        entry = ledger.entries(student).get(exercise.name)
        if entry is None:
            raise LedgerError(f"{ledger.shown} knows nothing of {student!r} in {exercise.name}: is the name right?")
        if entry.source is None:
            raise LedgerError(f"{student} has 0 points in {exercise.name}. {entry.problem}")
        verdict = ledger.newest_verdict(exercise.name, entry.source)
        if verdict is None:
            raise LedgerError(f"There is no verdict yet on {student} in {exercise.name}: grade again.")
        result = scored(exercise, entry.source, verdict.outcomes, real_seconds=verdict.real_seconds)
        result = msgspec.structs.replace(result, handed_in=entry.handed_in, attempt=entry.attempt)
        result = adjusted(result, list(ledger.adjustments(student)))
        return cls(exercise, ledger.content(entry.source), entry, verdict, result)

    def replay(self, judge: Judge) -> str:
        """Judge the same source again with the same seed, and say in a sentence how it went."""
        again = judge.judge(job_for(self.exercise, self.content, input_seed=self.verdict.input_seed))
        now, then = _runs(again), _runs(self.verdict.outcomes)
        differ = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
        if not differ:
            return f"Judged again: all {len(now)} tests went exactly the same way."
        return f"Judged again: {', '.join(differ)} went another way; the suite or the kit has changed."


def _runs(outcomes: Iterable[Outcome]) -> dict[str, set[tuple[int | None, str, str]]]:
    """How each test went, under each seed."""
    runs: dict[str, set[tuple[int | None, str, str]]] = {}
    for one in outcomes:
        runs.setdefault(one.name, set()).add((one.seed, one.ending, one.trace_digest))
    return runs
