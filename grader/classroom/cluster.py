"""Judges on other machines: the same jobs on a Dask cluster, whose workers share no disk with this one.

A suite and a source travel with their job. The scheduler gives a job that is lost with its worker to another; what
comes back is entered under the address of the job, so that nothing counts twice.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from grader.boundary.forks import LEVELS
from grader.catalog import Course
from grader.classroom.engine import engine_digest
from grader.classroom.pool import Desk, Judged, Judges
from grader.judge.job import Job
from grader.problems import Problem
from grader.rubric import Outcome

#: Real seconds to wait for a scheduler.
PATIENCE = 10
#: Files by their places below a course's root.
Bundle = dict[str, bytes]


class ClusterError(Problem):
    """The cluster cannot be used. The text is one sentence."""


class Parcel(msgspec.Struct, frozen=True):
    """A job on its way: with the files of its suite, the engine that must judge it, and the walls around it."""

    job: Job
    bundle: Bundle
    engine: str
    walls: str


class Answer(msgspec.Struct, frozen=True):
    """What a machine made of a parcel. `problem` is the grader's own."""

    outcomes: tuple[Outcome, ...]
    problem: str
    real_seconds: float


@contextmanager
def on_cluster(address: str, course: Course, *, lowest: str) -> Iterator[tuple[Judges, str]]:
    """Judges on the cluster whose scheduler is at `address`, such as `dask://host:8786`, and the walls there.

    The walls are the lowest that any worker has; all jobs are judged behind these.

    Raises:
        ClusterError: there is no such cluster, its workers differ from this machine, or their walls are lower than
            `lowest`.
    """
    try:
        import distributed
    except ImportError as error:
        raise ClusterError("Dask is not installed here: pip install 'async-exercise-kit[cluster]'.") from error
    if not address.startswith("dask://"):
        raise ClusterError(f"{address} is no cluster: an executor is named like dask://HOST:PORT.")
    try:
        client: Any = distributed.Client(  # type: ignore[no-untyped-call]
            address.replace("dask://", "tcp://", 1), timeout=PATIENCE, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise ClusterError(f"No Dask scheduler answers at {address}: start one with `dask scheduler`.") from error
    with client:
        workers: dict[str, tuple[str, str]] = client.run(about_this_machine, on_error="return")
        walls = _common_walls(address, workers, lowest)
        threads = sum(client.nthreads().values())
        # Twice as many as can be judged at once, so that no worker waits for its next job.
        yield judging_with(client.get_executor(pure=False), course, walls=walls, ahead=2 * threads), walls


def judging_with(executor: Executor, course: Course, *, walls: str, ahead: int) -> Judges:
    """Judges that work wherever `executor` runs what it is given; at most `ahead` jobs are on their way."""
    bundles = {exercise.name: _bundle(course.root, exercise.hidden_suite) for exercise in course.exercises}

    def judges(jobs: Iterable[Job]) -> Generator[Judged, None, None]:
        places = enumerate(jobs)
        under_way: dict[Future[bytes], tuple[int, Job]] = {}

        def send(more: Iterable[tuple[int, Job]]) -> None:
            for index, job in more:
                parcel = Parcel(_at_home(job, course.root), bundles[job.exercise], engine_digest(), walls)
                under_way[executor.submit(judge_here, msgspec.msgpack.encode(parcel))] = index, job

        try:
            send(islice(places, ahead))
            while under_way:
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    yield _judged(future, *under_way.pop(future))
                    send(islice(places, 1))
        finally:
            for future in under_way:
                future.cancel()

    return judges


def judge_here(said: bytes) -> bytes:
    """Judge a parcel on this machine. Runs on a worker of the cluster, in any of its threads."""
    parcel = msgspec.msgpack.decode(said, type=Parcel)
    if parcel.engine != engine_digest():
        problem = "A worker of the cluster has another version of the kit, of Python or of a library."
        return msgspec.msgpack.encode(Answer((), problem, 0.0))
    root = _unpacked(parcel.bundle)
    job = msgspec.structs.replace(parcel.job, suite=tuple(str(root / place) for place in parcel.job.suite))
    judged = _desk(parcel.walls).judge(0, job)
    return msgspec.msgpack.encode(Answer(judged.outcomes, judged.problem, judged.real_seconds))


def about_this_machine() -> tuple[str, str]:
    """The engine that judges here, and the walls that it has. Runs on each worker of the cluster."""
    from grader.judge.launch import level_here

    return engine_digest(), level_here()


_desks = threading.local()


def _desk(walls: str) -> Desk:
    """This thread's desk, whose benches have these walls."""
    from grader.judge.bench import Bench

    if getattr(_desks, "walls", walls) != walls:
        _desks.desk.close()
        del _desks.desk
    if not hasattr(_desks, "desk"):
        _desks.desk, _desks.walls = Desk(lambda: Bench(_home(), walls=walls, lowest=walls)), walls
    desk: Desk = _desks.desk
    return desk


@cache
def _home() -> Path:
    """Where suites are unpacked on a worker."""
    return Path(tempfile.mkdtemp(prefix="grader-suites-"))


_unpacking = threading.Lock()


def _unpacked(bundle: Bundle) -> Path:
    """The root below which the files of a bundle lie. A suite of the same content is unpacked once."""
    digest = hashlib.sha256(msgspec.msgpack.encode(bundle, order="sorted")).hexdigest()
    root = _home() / digest
    with _unpacking:
        if not root.exists():
            aside = root.with_suffix(".unfinished")
            for place, content in bundle.items():
                (aside / place).parent.mkdir(parents=True, exist_ok=True)
                (aside / place).write_bytes(content)
            aside.rename(root)
    return root


def _bundle(root: Path, suite: Path) -> Bundle:
    declaration = root / "exercises" / suite.name / "exercise.toml"
    files = [declaration, *sorted(suite.rglob("*.py"))]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files if path.is_file()}


def _at_home(job: Job, root: Path) -> Job:
    """The job with its suite's places below the root, wherever that will be."""
    places = tuple(Path(place).relative_to(root).as_posix() for place in job.suite)
    return msgspec.structs.replace(job, suite=places)


def _judged(future: Future[bytes], index: int, job: Job) -> Judged:
    try:
        answer = msgspec.msgpack.decode(future.result(), type=Answer)
    except Exception as error:
        # Whatever befell the worker, nothing is known of the submission.
        return Judged(index, job, (), f"The cluster lost this submission ({type(error).__name__}).")
    return Judged(index, job, answer.outcomes, answer.problem, answer.real_seconds)


def _common_walls(address: str, workers: dict[str, tuple[str, str]], lowest: str) -> str:
    if not workers:
        raise ClusterError(f"The cluster at {address} has no workers: start some with `dask worker`.")
    for worker, about in workers.items():
        if isinstance(about, BaseException):
            raise ClusterError(
                f"The worker {worker} cannot judge ({type(about).__name__}): install this kit there, the same version."
            )
        if about[0] != engine_digest():
            raise ClusterError(
                f"The worker {worker} has another version of the kit, of Python or of a library: install the same."
            )
    walls = min((about[1] for about in workers.values()), key=LEVELS.index)
    if LEVELS.index(walls) < LEVELS.index(lowest):
        raise ClusterError(
            f"The workers of {address} put no walls around a submission (level {walls!r}, {lowest!r} is needed): "
            "run `grader doctor` there, or give --unsafe-no-sandbox to grade all the same."
        )
    return walls
