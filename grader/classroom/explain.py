"""Why a score is what it is: what the ledger knows of one student's work on one exercise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from grader.catalog import Course, Exercise
from grader.classroom.grade import adjusted, scored
from grader.classroom.ledger import Entry, Ledger, LedgerError, Verdict
from grader.classroom.pool import job_for
from grader.judge.job import Judge
from grader.records.results import ExerciseResult


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
        now = {(one.name, one.seed): (one.ending, one.trace_digest) for one in again}
        then = {(one.name, one.seed): (one.ending, one.trace_digest) for one in self.verdict.outcomes}
        differ = sorted(name for name, _ in now.keys() | then.keys() if _of(now, name) != _of(then, name))
        if not differ:
            return f"Judged again: all {len({name for name, _ in now})} tests went exactly the same way."
        return f"Judged again: {', '.join(dict.fromkeys(differ))} went another way; the suite or the kit has changed."


def _of(runs: Mapping[tuple[str, int | None], tuple[str, str]], name: str) -> dict[int | None, tuple[str, str]]:
    return {seed: run for (test, seed), run in runs.items() if test == name}
