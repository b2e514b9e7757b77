"""The bench that judges one notebook after another, for as long as nbgrader's process lives."""

from __future__ import annotations

import atexit
from contextlib import ExitStack, suppress

from grader.boundary.forks import LEVELS
from grader.catalog import Exercise
from grader.classroom.engine import suite_digest
from grader.classroom.pool import job_for
from grader.judge.bench import Bench
from grader.judge.job import BenchError
from grader.judge.launch import level_here
from grader.notebooks.cells import NotebooksError
from grader.rubric import Outcome


class KeptBench:
    """A bench that stays open between notebooks, as nbgrader makes its preprocessors anew for each.

    It is replaced when it fails, when another course is judged, and when a suite has been edited meanwhile.
    """

    def __init__(self) -> None:
        self._bench: Bench | None = None
        self._place: tuple[object, ...] = ()
        self._suites: dict[str, str] = {}
        self._open = ExitStack()

    def judge(self, exercise: Exercise, source: bytes, *, lowest: str, input_seed: int) -> tuple[Outcome, ...]:
        """The outcomes of the exercise's hidden suite, behind walls that are at least `lowest`.

        Raises:
            NotebooksError: this machine has no such walls, or the judge failed twice.
        """
        digest = suite_digest(exercise)
        if self._place != (exercise.root, lowest) or self._suites.get(exercise.name, digest) != digest:
            self.close()
        job = job_for(exercise, source, input_seed=input_seed)
        try:
            outcomes = self._opened(exercise, lowest).judge(job)
        except BenchError:
            self.close()
            try:
                outcomes = self._opened(exercise, lowest).judge(job)
            except BenchError as error:
                self.close()
                raise NotebooksError(f"The grader failed, not the submission: {error} Autograde again.") from error
        except BaseException:
            # Whatever was in hand is not to be read by the next notebook.
            if self._bench is not None:
                self._bench.interrupt()
            self.close()
            raise
        self._suites[exercise.name] = digest
        return outcomes

    def close(self) -> None:
        """End the worker."""
        self._bench, self._place, self._suites = None, (), {}
        with suppress(BenchError):
            self._open.close()

    def _opened(self, exercise: Exercise, lowest: str) -> Bench:
        if self._bench is None:
            level = level_here(LEVELS[-1])
            if LEVELS.index(level) < LEVELS.index(lowest):
                raise NotebooksError(
                    f"This machine puts no walls around a submission (level {level!r}, {lowest!r} is needed): run "
                    "`grader doctor` to see what it lacks, or set c.JudgeSubmission.unsafe_no_sandbox = True in "
                    "nbgrader_config.py to judge all the same."
                )
            self._bench = self._open.enter_context(Bench(exercise.root, walls=level, lowest=level))
            self._place = exercise.root, lowest
        return self._bench


BENCH = KeptBench()
atexit.register(BENCH.close)
