"""Claims about grading on a Dask cluster: a real scheduler and real workers, in processes of their own."""

import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import msgspec
import pytest

from grader.boundary.forks import LEVELS
from grader.catalog import Course
from grader.classroom import cluster
from grader.classroom.cluster import ClusterError, Parcel, judge_here, judging_with, on_cluster
from grader.classroom.engine import engine_digest
from grader.classroom.grade import grade
from grader.classroom.ledger import Ledger
from grader.classroom.pool import on_benches
from grader.judge.bench import Bench
from grader.judge.job import Job
from tests.conftest import write

EXERCISE = 'title = "A"\ntrack = "basics"\npoints = 10\ntopics = ["a"]\nhints = ["?"]\n'
SUITE = '''
import pytest


@pytest.mark.correctness
async def test_answers(student):
    """It answers."""
    assert await student.answer(3) == 9


@pytest.mark.concurrency
async def test_waits(student, sandbox):
    """It waits a second."""
    await student.answer(2)
'''
# Works for some real time, so that there is a moment to be killed at.
SLOW = (
    "import asyncio\n\nasync def answer(n):\n    sum(range(2_000_000))\n    await asyncio.sleep(1)\n    return n * n\n"
)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with one exercise, in a folder that the workers do not know."""
    root = tmp_path_factory.mktemp("course")
    write(root, "exercises/course.toml", 'title = "C"\n\n[[tracks]]\nslug = "basics"\ntitle = "B"\ntitle_zh = "一"\n')
    write(root, "exercises/01_answer/exercise.toml", EXERCISE)
    write(root, "exercises/01_answer/answer.py", "\n")
    write(root, "exercises/01_answer/test_answer.py", "")
    write(root, "exercises/01_answer/README.md", "# A\n")
    write(root, "tests/hidden/01_answer/test_hidden.py", SUITE)
    return Course.load(root)


@contextmanager
def dask_cluster(folder, workers=2):
    """The address of a scheduler, and its workers' processes; none outlives the test."""
    file = folder / "scheduler.json"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    processes = [subprocess.Popen([*command, "--no-dashboard", "--scheduler-file", str(file)], **quiet)]
    try:
        deadline = time.monotonic() + 60
        while not file.exists() or not file.read_text().endswith("}"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        for number in range(workers):
            home = folder / f"worker {number}"
            home.mkdir()
            command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--no-dashboard"]
            processes.append(subprocess.Popen([*command, "--nthreads", "1", "--local-directory", str(home)], **quiet))
        if workers:
            import distributed

            with distributed.Client(address, set_as_default=False) as client:
                client.wait_for_workers(workers, timeout=60)
        yield address.replace("tcp://", "dask://"), processes[1:]
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()


def hand_in(folder, students):
    for number in range(students):
        broken = "" if number % 3 else "# one of three answers wrong\n"
        source = SLOW.replace("n * n", "n + 7" if number % 3 == 0 else "n * n")
        write(folder, f"student {number:02}/answer.py", f"# {number}\n{broken}{source}")
    return folder


def rows(place):
    """What a ledger holds, without what real time and the machine leave in it."""
    with Ledger(place) as ledger:
        entries = {name: ledger.entries(name) for name in ledger.students()}
        with ledger._transaction() as connection:
            stored = connection.exec_driver_sql("SELECT address, exercise, source, outcomes FROM verdicts")
            return entries, sorted(map(tuple, stored))


def test_a_cluster_gives_the_ledger_that_this_machine_gives(course, tmp_path):
    """Suites and sources travel with the jobs; a worker that is killed half way loses nothing and doubles nothing."""
    folder = hand_in(tmp_path / "class", 12)
    with dask_cluster(tmp_path) as (address, workers), on_cluster(address, course, lowest="limits") as (judges, walls):

        def and_one_is_killed(jobs):
            with closing(judges(jobs)) as judged:
                for number, one in enumerate(judged):
                    if number == 2:
                        workers[0].send_signal(signal.SIGKILL)
                    yield one

        there = grade(course, folder, tmp_path / "there", judges=and_one_is_killed, walls=walls)
    here = grade(
        course, folder, tmp_path / "here", judges=on_benches(lambda: Bench(course.root, walls=walls), 2), walls=walls
    )

    assert [(one.student, one.score) for one in there.students] == [(one.student, one.score) for one in here.students]
    assert {one.score for one in here.students} == {5.0, 10.0}
    assert rows(tmp_path / "there" / "ledger.sqlite") == rows(tmp_path / "here" / "ledger.sqlite")


def test_a_cluster_without_workers_is_refused(course, tmp_path):
    """Nobody waits for workers that never come."""
    with dask_cluster(tmp_path, workers=0) as (address, _):
        sentence = rf"^The cluster at {address} has no workers: start some with `dask worker`\.$"
        with pytest.raises(ClusterError, match=sentence), on_cluster(address, course, lowest="none"):
            pass


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("tcp://127.0.0.1:1", r"^tcp://127\.0\.0\.1:1 is no cluster: an executor is named like dask://HOST:PORT\.$"),
        ("dask://127.0.0.1:1", r"^No Dask scheduler answers at dask://127\.0\.0\.1:1: start one with `dask scheduler`"),
    ],
)
def test_an_address_that_leads_nowhere_is_one_sentence(course, monkeypatch, address, sentence):
    """Soon, and without a traceback."""
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with pytest.raises(ClusterError, match=sentence), on_cluster(address, course, lowest="none"):
        pass


@pytest.mark.parametrize(
    ("workers", "sentence"),
    [
        (
            {"tcp://a": ("old", "limits")},
            "The worker tcp://a has another version of the kit, of Python or of a library",
        ),
        (
            {"tcp://a": (engine_digest(), "none")},
            "put no walls around a submission (level 'none', 'filtered' is needed)",
        ),
        ({"tcp://a": ImportError("grader")}, "The worker tcp://a cannot judge (ImportError): install this kit there"),
    ],
)
def test_workers_that_would_judge_otherwise_are_refused(workers, sentence):
    """Another engine, lower walls, no kit at all."""
    with pytest.raises(ClusterError) as refused:
        cluster._common_walls("dask://h:1", workers, "filtered")

    assert sentence in str(refused.value)


def test_the_walls_are_those_that_all_workers_have():
    """The lowest, so that every student is judged behind the same."""
    about = {f"tcp://{level}": (engine_digest(), level) for level in LEVELS[1:]}

    assert cluster._common_walls("dask://h:1", about, "limits") == LEVELS[1]


def test_any_executor_will_do(course, tmp_path):
    """What is under way stays within bounds, and jobs are taken as they are needed."""
    taken = []

    def jobs():
        for number in range(5):
            taken.append(number)
            source = f"# {number}\n{SLOW}".encode()
            yield Job("01_answer", (str(course.exercises[0].hidden_suite),), "answer", source, 10.0, None, 20.0)

    with ThreadPoolExecutor(2) as executor:
        ahead = []
        for judged in judging_with(executor, course, walls="limits", ahead=2)(jobs()):
            ahead.append(len(taken))
            assert {outcome.ending for outcome in judged.outcomes} == {"passed"}

    assert ahead[0] == 2
    assert len(ahead) == 5


def test_a_parcel_for_another_engine_is_not_judged():
    """A worker that joined later may be of any version."""
    job = Job("01_answer", ("tests/hidden/01_answer",), "answer", b"", 10.0, None, 20.0)
    answer = msgspec.msgpack.decode(
        judge_here(msgspec.msgpack.encode(Parcel(job, {}, "another", "limits"))), type=cluster.Answer
    )

    assert answer.outcomes == ()
    assert answer.problem == "A worker of the cluster has another version of the kit, of Python or of a library."
