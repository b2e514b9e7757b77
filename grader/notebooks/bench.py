"""The bench that judges one notebook after another, for as long as nbgrader's process lives."""

from __future__ import annotations

import atexit

from grader.boundary.forks import LEVELS
from grader.catalog import Exercise
from grader.classroom.engine import suite_digest
from grader.classroom.pool import Desk, job_for
from grader.judge.bench import Bench
from grader.judge.launch import level_here
from grader.notebooks.cells import NotebooksError
from grader.rubric import Outcome


class KeptBench:
    """A bench that stays open between notebooks, as nbgrader makes its preprocessors anew for each.

    It is replaced when it fails, when another course is judged, and when a suite has been edited meanwhile.
    """

    def __init__(self) -> None:
        self._desk: Desk | None = None
        self._place: tuple[object, ...] = ()
        self._suites: dict[str, str] = {}

    def judge(self, exercise: Exercise, source: bytes, *, lowest: str, input_seed: int) -> tuple[Outcome, ...]:
        """The outcomes of the exercise's hidden suite, behind walls that are at least `lowest`.

        Raises:
            NotebooksError: this machine has no such walls, or the judge failed twice.
        """
        digest = suite_digest(exercise)
        if self._place != (exercise.root, lowest) or self._suites.get(exercise.name, digest) != digest:
            self.close()
        desk = self._opened(exercise, lowest)
        try:
            judged = desk.judge(0, job_for(exercise, source, input_seed=input_seed))
        except BaseException:
            # Whatever was in hand is not to be read by the next notebook.
            desk.interrupt()
            self.close()
            raise
        if judged.problem:
            self.close()
            raise NotebooksError(f"The grader failed, not the submission: {judged.problem} Autograde again.")
        self._suites[exercise.name] = digest
        return judged.outcomes

    def close(self) -> None:
        """End the worker."""
        if self._desk is not None:
            self._desk.close()
        self._desk, self._place, self._suites = None, (), {}

    def _opened(self, exercise: Exercise, lowest: str) -> Desk:
        if self._desk is None:
            level = level_here(LEVELS[-1])
            if LEVELS.index(level) < LEVELS.index(lowest):
                raise NotebooksError(
                    f"This machine puts no walls around a submission (level {level!r}, {lowest!r} is needed): run "
                    "`grader doctor` to see what it lacks, or set c.JudgeSubmission.unsafe_no_sandbox = True in "
                    "nbgrader_config.py to judge all the same."
                )
            self._desk = Desk(lambda: Bench(exercise.root, walls=level, lowest=level))
            self._place = exercise.root, lowest
        return self._desk


BENCH = KeptBench()
atexit.register(BENCH.close)
