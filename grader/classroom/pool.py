"""Runs jobs on several benches at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType

from grader.catalog import Exercise
from grader.judge.job import BenchError, Job, Judge
from grader.rubric import Outcome

OpenBench = Callable[[], AbstractContextManager[Judge]]


@dataclass(frozen=True)
class Judged:
    """A job that is done. `index` is its place among the jobs; `problem` is a failure of the grader's."""

    index: int
    job: Job
    outcomes: tuple[Outcome, ...]
    problem: str = ""
    real_seconds: float = 0.0


def job_for(exercise: Exercise, source: bytes, *, weather_seeds: int | None = None, input_seed: int = 0) -> Job:
    """The job that judges `source` as a submission to `exercise`."""
    return Job(
        exercise=exercise.name,
        suite=(str(exercise.hidden_suite),),
        module=exercise.slug,
        source=source,
        points=exercise.points,
        weather_seeds=weather_seeds,
        cpu_seconds=exercise.cpu_seconds,
        input_seed=input_seed,
    )


def judge_each(jobs: Sequence[Job], open_bench: OpenBench, *, workers: int) -> Iterator[Judged]:
    """Judge all jobs and yield each as it is done, in whatever order that is.

    Each of the `workers` threads opens a bench of its own when it takes its first job, and closes it.
    """
    todo: SimpleQueue[tuple[int, Job]] = SimpleQueue()
    done: SimpleQueue[Judged | BaseException] = SimpleQueue()
    for place in enumerate(jobs):
        todo.put(place)
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="bench") as threads:
        for _ in range(min(workers, len(jobs))):
            threads.submit(_work, todo, done, open_bench)
        try:
            for _ in jobs:
                judged = done.get()
                if isinstance(judged, BaseException):
                    raise judged
                yield judged
        finally:
            # A caller that stops early leaves no work for the threads, which are then waited for.
            with suppress(Empty):
                while True:
                    todo.get_nowait()


def judge_all(jobs: Sequence[Job], open_bench: OpenBench, *, workers: int) -> tuple[Judged, ...]:
    """Judge all jobs and return them in the order in which they were given."""
    return tuple(sorted(judge_each(jobs, open_bench, workers=workers), key=lambda judged: judged.index))


def _work(todo: SimpleQueue[tuple[int, Job]], done: SimpleQueue[Judged | BaseException], open_bench: OpenBench) -> None:
    try:
        with _Desk(open_bench) as desk, suppress(Empty):
            while True:
                done.put(desk.judge(*todo.get_nowait()))
    except BaseException as error:
        # Without this the caller would wait for ever for the job that was lost.
        done.put(error)


class _Desk:
    """One thread's place: a bench, opened when first needed and replaced when it fails."""

    def __init__(self, open_bench: OpenBench) -> None:
        self._open_bench = open_bench
        self._bench: Judge | None = None
        self._open = ExitStack()

    def __enter__(self) -> _Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._close()

    def judge(self, index: int, job: Job) -> Judged:
        began = time.perf_counter()
        try:
            outcomes = self._attempt(job)
        except BenchError:
            try:
                outcomes = self._attempt(job)
            except BenchError as error:
                return Judged(index, job, (), str(error), time.perf_counter() - began)
        return Judged(index, job, outcomes, "", time.perf_counter() - began)

    def _attempt(self, job: Job) -> tuple[Outcome, ...]:
        try:
            if self._bench is None:
                self._bench = self._open.enter_context(self._open_bench())
            return self._bench.judge(job)
        except BenchError:
            self._close()
            raise

    def _close(self) -> None:
        self._bench = None
        # What a broken bench says while it is closed adds nothing to why it broke.
        with suppress(BenchError):
            self._open.close()
