"""Runs jobs on several benches at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Lock
from types import TracebackType

from grader.catalog import Exercise
from grader.judge.job import BenchError, Job, Judge
from grader.rubric import Outcome

OpenBench = Callable[[], AbstractContextManager[Judge]]
#: Judge jobs and yield each as it is done: on this machine, or on others.
Judges = Callable[[Iterable["Job"]], Generator["Judged", None, None]]


@dataclass(frozen=True)
class Judged:
    """A job that is done. `index` is its place among the jobs; `problem` is a failure of the grader's."""

    index: int
    job: Job
    outcomes: tuple[Outcome, ...]
    problem: str = ""
    real_seconds: float = 0.0


def job_for(
    exercise: Exercise,
    source: bytes,
    *,
    weather_seeds: int | None = None,
    weather: int | None = None,
    input_seed: int = 0,
) -> Job:
    """The job that judges `source` as a submission to `exercise`, without the traces of what passes."""
    return Job(
        exercise=exercise.name,
        suite=(str(exercise.hidden_suite),),
        module=exercise.slug,
        source=source,
        points=exercise.points,
        weather_seeds=weather_seeds,
        cpu_seconds=exercise.cpu_seconds,
        input_seed=input_seed,
        weather=weather,
        traces=False,
        files={str(exercise.hidden_suite / name): contents for name, contents in exercise.unsealed.items()},
    )


def judge_each(jobs: Iterable[Job], open_bench: OpenBench, *, workers: int) -> Generator[Judged, None, None]:
    """Judge all jobs and yield each as it is done, in whatever order that is.

    Each of the `workers` threads opens a bench of its own when it takes its first job, and closes it. Jobs are
    taken, in the caller's thread, only a few ahead of those that are being judged. A caller that stops early, as
    on Ctrl-C, leaves no job running; let it close this generator to be sure of that.
    """
    places = enumerate(jobs)
    todo: SimpleQueue[tuple[int, Job] | None] = SimpleQueue()
    done: SimpleQueue[Judged | BaseException] = SimpleQueue()
    desks = [Desk(open_bench) for _ in range(workers)]
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="bench") as threads:
        left = 0
        try:
            for desk in desks:
                threads.submit(_work, todo, done, desk)
            for place in islice(places, 2 * workers):
                todo.put(place)
                left += 1
            while left:
                judged = done.get()
                left -= 1
                if isinstance(judged, BaseException):
                    raise judged
                if (place_of_next := next(places, None)) is not None:
                    todo.put(place_of_next)
                    left += 1
                yield judged
        finally:
            with suppress(Empty):
                while True:
                    todo.get_nowait()
            for _ in desks:
                todo.put(None)
            # The threads are waited for, so what is in hand must end now.
            for desk in desks if left else ():
                desk.interrupt()


def on_benches(open_bench: OpenBench, workers: int) -> Judges:
    """Judges that sit at benches of this machine."""
    return lambda jobs: judge_each(jobs, open_bench, workers=workers)


def judge_all(jobs: Sequence[Job], open_bench: OpenBench, *, workers: int) -> tuple[Judged, ...]:
    """Judge all jobs and return them in the order in which they were given."""
    return tuple(sorted(judge_each(jobs, open_bench, workers=workers), key=lambda judged: judged.index))


def _work(todo: SimpleQueue[tuple[int, Job] | None], done: SimpleQueue[Judged | BaseException], desk: Desk) -> None:
    try:
        with desk:
            while (place := todo.get()) is not None:
                done.put(desk.judge(*place))
    except BaseException as error:
        # Without this the caller would wait for ever for the job that was lost.
        done.put(error)


class Desk:
    """One thread's place, or one process's: a bench, opened when first needed and replaced when it fails."""

    def __init__(self, open_bench: OpenBench) -> None:
        self._open_bench = open_bench
        self._bench: Judge | None = None
        self._open = ExitStack()
        self._interrupted = False
        self._deciding = Lock()

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def judge(self, index: int, job: Job) -> Judged:
        """How the job goes; where the bench fails, at a new one, once."""
        began = time.perf_counter()
        try:
            outcomes = self._attempt(job)
        except BenchError:
            try:
                outcomes = self._attempt(job)
            except BenchError as error:
                return Judged(index, job, (), str(error), time.perf_counter() - began)
        return Judged(index, job, outcomes, "", time.perf_counter() - began)

    def interrupt(self) -> None:
        """End the job in hand; the desk takes no other. Called from another thread."""
        with self._deciding:
            self._interrupted = True
            if self._bench is not None:
                self._bench.interrupt()

    def _attempt(self, job: Job) -> tuple[Outcome, ...]:
        try:
            with self._deciding:
                if self._interrupted:
                    raise BenchError("The judging was interrupted.")
                if self._bench is None:
                    self._bench = self._open.enter_context(self._open_bench())
                bench = self._bench
            return bench.judge(job)
        except BenchError:
            self.close()
            raise

    def close(self) -> None:
        """End the bench; the next job opens another."""
        self._bench = None
        # What a broken bench says while it is closed adds nothing to why it broke.
        with suppress(BenchError):
            self._open.close()
