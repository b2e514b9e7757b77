"""Measures the kit, and the same work done by others. See README.md beside this file."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import aiohttp.web
import beside
from beside import run
from classes import make_class

from grader import catalog
from grader.boundary.forks import LEVELS
from grader.cli.running import cores
from grader.judge.bench import Bench
from grader.judge.job import Job
from grader.simulation import SimulatedLoop

HERE = Path(__file__).parent
RUNS = 5

SOLUTION = """
import asyncio


async def fetch_all(session, urls):
    async def fetch(url):
        async with session.get(url) as response:
            return await response.json()

    return await asyncio.gather(*(fetch(url) for url in urls))
"""

SUITE = '''
import asyncio

import pytest


@pytest.mark.concurrency
@pytest.mark.parametrize("number", range({tests}))
async def test_requests(student, sandbox, http, number):
    """They overlap."""
    urls = [f"https://shop.test/{{n}}" for n in range({requests})]
    for url in urls:
        http.get(url, payload={{"url": url}}, latency=0.2)

    answers = await student.fetch_all(await sandbox.session(connector={{"limit": 0}}), urls)

    assert [answer["url"] for answer in answers] == urls
    assert asyncio.get_running_loop().time() == 0.2
'''


class Course:
    """A course in a temporary folder, with one exercise for each suite."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def job(self, name: str, *, tests: int, requests: int) -> Job:
        folder, hidden = self.root / "exercises" / name, self.root / "tests" / "hidden" / name
        folder.mkdir(parents=True, exist_ok=True)
        hidden.mkdir(parents=True, exist_ok=True)
        (folder / "exercise.toml").write_text("")
        (hidden / "test_hidden.py").write_text(SUITE.format(tests=tests, requests=requests))
        return Job(name, (str(hidden),), "fetching", SOLUTION.encode(), 10.0, None, 20.0)


def median_of(work: Callable[[], object], runs: int = RUNS) -> float:
    """The median duration of `work` in real seconds, after one run that is not counted."""
    work()
    durations = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        durations.append(time.perf_counter() - began)
    return statistics.median(durations)


def judged(bench: Bench, job: Job) -> Callable[[], None]:
    """Judge `job`, and make sure that it was judged right."""

    def work() -> None:
        endings = {outcome.ending for outcome in bench.judge(job)}
        assert endings == {"passed"}, endings

    return work


def say(what: str, figure: str) -> None:
    print(f"{what:<62} {figure:>14}", flush=True)


def measure_test(course: Course) -> None:
    """One test with ten requests: the slope between one and eleven tests, and the whole of one."""
    with Bench(course.root) as bench:
        one = median_of(judged(bench, course.job("01_one", tests=1, requests=10)), 25)
        eleven = median_of(judged(bench, course.job("02_eleven", tests=11, requests=10)), 11)
    say("hidden test with ten HTTP requests (slope of 11 against 1)", f"{(eleven - one) / 10 * 1e3:.1f} ms")
    say("submission with one such test, fresh zygote included", f"{one * 1e3:.1f} ms")


def measure_exercise(course: Course) -> None:
    with Bench(course.root) as bench:
        ten = median_of(judged(bench, course.job("03_ten", tests=10, requests=10)), 11)
    say("exercise of ten tests, ten requests each", f"{ten * 1e3:.0f} ms")


def measure_walls(course: Course) -> None:
    """The same suite behind each level of walls, in turns; the slope of 11 tests against 1."""
    from grader.judge.launch import level_here

    levels = LEVELS[1 : LEVELS.index(level_here()) + 1]
    benches = {level: Bench(course.root, walls=level) for level in levels}
    one, eleven = course.job("07_one", tests=1, requests=10), course.job("08_eleven", tests=11, requests=10)
    slopes: dict[str, list[float]] = {level: [] for level in levels}
    for level in levels * 12:
        work_of_one, work_of_eleven = judged(benches[level], one), judged(benches[level], eleven)
        slopes[level].append((timed(work_of_eleven) - timed(work_of_one)) / 10)
    for bench in benches.values():
        bench.close()
    without = statistics.median(slopes["limits"][1:])
    for level in levels:
        median = statistics.median(slopes[level][1:])
        say(f"hidden test with ten HTTP requests, walls: {level}", f"{median * 1e3:.1f} ms")
        say("  ratio to limits alone", f"{median / without:.2f}")


def measure_memory(course: Course) -> None:
    """Private memory of a child at the end of a test, from smaps_rollup."""
    (course.root / "private.txt").unlink(missing_ok=True)
    job = course.job("04_memory", tests=1, requests=10)
    suite = Path(job.suite[0]) / "test_hidden.py"
    suite.write_text(
        suite.read_text()
        + "    pid = trial._companion.custody.pid\n"
        + '    lines = open(f"/proc/{pid}/smaps_rollup").read().splitlines()\n'
        + '    private = sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))\n'
        + f'    open({str(course.root / "private.txt")!r}, "a").write(f"{{private}}\\n")\n'
    )
    suite.write_text(suite.read_text().replace("http, number", "http, number, trial"))
    with Bench(course.root) as bench:
        for _ in range(RUNS):
            judged(bench, job)()
    figures = [int(line) for line in (course.root / "private.txt").read_text().split()]
    say("private memory of a child after a test", f"{statistics.median(figures) / 1024:.1f} MiB")


def measure_requests(course: Course) -> None:
    with Bench(course.root) as bench:
        for requests in (100, 300, 1000):
            job = course.job(f"05_requests_{requests}", tests=1, requests=requests)
            kit, alone = median_of(judged(bench, job)), median_of(lambda requests=requests: aiohttp_alone(requests))
            say(f"one test with {requests} concurrent requests", f"{kit:.3f} s")
            say("  aiohttp's own client and server, in one process", f"{alone:.3f} s")
            say("  ratio", f"{kit / alone:.2f}")


def aiohttp_alone(requests: int) -> None:
    """The same requests without judge and boundary: what the two ends of aiohttp themselves take."""

    async def answer(request: aiohttp.web.BaseRequest) -> aiohttp.web.Response:
        await asyncio.sleep(0.2)
        return aiohttp.web.json_response({"url": str(request.url)})

    async def exchange() -> None:
        await asyncio.get_running_loop().create_server(aiohttp.web.Server(answer), "shop.test", 80)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
            for number in range(requests):
                group.create_task(fetch(session, f"http://shop.test/{number}"))

    async def fetch(session: aiohttp.ClientSession, url: str) -> None:
        async with session.get(url) as response:
            await response.json()

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(exchange())


def measure_class(course: Course) -> None:
    """`grader grade` on classes of three sizes, each student with the first exercise's solution."""
    root = HERE.parents[1]
    exercises = [folder.name for folder in sorted((root / "solutions").iterdir()) if folder.name != "__pycache__"]
    for size in (10, 20, 40):
        submissions = course.root / f"class_{size}"
        for number in range(size):
            for name in exercises[:3]:
                slug = name.partition("_")[2]
                student = submissions / f"student_{number:03}"
                student.mkdir(parents=True, exist_ok=True)
                shutil.copy(root / "solutions" / name / f"{slug}.py", student)
        command = [sys.executable, "-m", "grader", "grade", str(submissions), "--out", str(course.root / "out")]
        for name in exercises[:3]:
            command += ["--exercise", name]
        took = median_of(lambda command=command: run(command, root), 3)
        say(f"class of {size} students, three exercises each", f"{took:.1f} s")


def measure_beside(course: Course) -> None:
    """A class of sixty, ten tests with ten requests of 0.2 s each: the kit, nbgrader and cold pytest, in turns."""
    by = {
        "grader grade": beside.by_grade(course.root / "kit", SOLUTION, SUITE.format(tests=10, requests=10)),
        "nbgrader autograde": beside.by_nbgrader(course.root / "nbgrader", SOLUTION),
        "cold pytest for each, with real sleeps": beside.by_pytest(course.root / "pytest", SOLUTION),
    }
    figures: dict[str, list[float]] = {name: [] for name in by}
    for _ in range(3):
        for name, work in by.items():
            figures[name].append(timed(work))
    medians = {name: statistics.median(durations) for name, durations in figures.items()}
    for name, median in medians.items():
        say(f"{beside.STUDENTS} submissions of ten tests by {name}", f"{median:.1f} s")
        say("  submissions in a second", f"{beside.STUDENTS / median:.2f}")
        say("  ratio to grader grade", f"{median / medians['grader grade']:.1f}")


def measure_repeat(course: Course) -> None:
    """Grade the sample class twenty times, ten of them with all cores kept busy: how often the results are the same."""
    root = HERE.parents[1]
    sys.path.insert(0, str(root))
    from tests.test_sample_class import grade, without_the_machine

    results: dict[str, int] = {}
    for number in range(20):
        spinners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number % 2 * cores())]
        try:
            graded = without_the_machine(grade(course.root / f"graded_{number}"))
        finally:
            for spinner in spinners:
                spinner.kill()
                spinner.wait()
        text = json.dumps(graded, sort_keys=True)
        results[text] = results.get(text, 0) + 1
    say("gradings of the sample class with the same result, of 20", str(max(results.values())))


def measure_grading(course: Course) -> None:
    """A varied class, each file different: judged, graded again, and again with one suite changed."""
    root = HERE.parents[1]
    copy = course.root / "course"
    for part in ("exercises", "solutions", "tests/hidden"):
        shutil.copytree(root / part, copy / part)
    files = make_class(catalog.Course.load(root), course.root / "class", 12)
    took, memory = graded(copy, course.root / "class", course.root / "out")
    say(f"{files} submissions of the whole course", f"{took:.0f} s")
    say("  submissions in a second, all walls up", f"{files / took:.1f}")
    say("  peak memory of the coordinator", f"{memory:.0f} MiB")
    took, _ = graded(copy, course.root / "class", course.root / "out")
    say("  again, nothing changed", f"{took:.1f} s")
    suite = copy / "tests/hidden/12_bounded_downloads/test_hidden.py"
    suite.write_text(suite.read_text() + "\n# Changed.\n")
    took, _ = graded(copy, course.root / "class", course.root / "out")
    say("  again, one suite changed", f"{took:.1f} s")


def measure_thousand(course: Course) -> None:
    """A thousand students and the whole course, with as many different files as the course has ways and mistakes."""
    root = HERE.parents[1]
    files = make_class(catalog.Course.load(root), course.root / "class", 1000, distinct=False)
    took, memory = graded(root, course.root / "class", course.root / "out")
    say(f"{files} submissions of 1000 students, few of them different", f"{took:.0f} s")
    say("  peak memory of the coordinator", f"{memory:.0f} MiB")
    took, memory = graded(root, course.root / "class", course.root / "out")
    say("  again, nothing changed", f"{took:.0f} s")
    say("  peak memory of the coordinator", f"{memory:.0f} MiB")
    size = sum(path.stat().st_size for path in (course.root / "out").rglob("*") if path.is_file())
    say("  size of the results, pages and ledger", f"{size / 2**20:.0f} MiB")


def measure_kills(course: Course) -> None:
    """The coordinator, or one of its workers, killed at twenty random moments: the ledger of an undisturbed run."""
    root = HERE.parents[1]
    make_class(catalog.Course.load(root), course.root / "class", 6, exercises=12)
    command = [*GRADE, str(course.root / "class"), "--out"]
    run([*command, str(course.root / "quiet")], root)
    draw = random.Random(20)
    for number in range(20):
        grading = subprocess.Popen([*command, str(course.root / "out")], cwd=root, stdout=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            grading.wait(draw.uniform(0.5, 6))
        workers = subprocess.run(["pgrep", "-P", str(grading.pid)], capture_output=True, text=True, check=False)
        victims = [int(pid) for pid in workers.stdout.split()] if number % 2 else [grading.pid]
        for victim in victims[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        grading.wait()
    run([*command, str(course.root / "out")], root)
    same = ledger_rows(course.root / "out") == ledger_rows(course.root / "quiet")
    say("ledger after twenty kills at random moments", "the same" if same else "ANOTHER")


def ledger_rows(out: Path) -> list[object]:
    """What a ledger holds, without real time."""
    with contextlib.closing(sqlite3.connect(out / "ledger.sqlite")) as ledger:
        return [
            sorted(ledger.execute("SELECT address, exercise, source, walls, input_seed, outcomes FROM verdicts")),
            sorted(ledger.execute("SELECT student, exercise, attempt, source, problem FROM submissions")),
        ]


GRADE = [sys.executable, "-m", "grader", "grade"]


def graded(root: Path, submissions: Path, out: Path) -> tuple[float, float]:
    """Grade with the command; the real seconds that it took, and the most memory that its own process had, in MiB."""
    command = [*GRADE, str(submissions), "--out", str(out), "--course", str(root)]
    began = time.perf_counter()
    grading = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(grading.pid, 0)
    assert status == 0, f"{' '.join(command)} failed"
    return time.perf_counter() - began, used.ru_maxrss / 1024


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


MEASURES = {
    "test": measure_test,
    "exercise": measure_exercise,
    "walls": measure_walls,
    "memory": measure_memory,
    "requests": measure_requests,
    "class": measure_class,
    "grading": measure_grading,
    "thousand": measure_thousand,
    "kills": measure_kills,
    "beside": measure_beside,
    "repeat": measure_repeat,
}


def main() -> None:
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}")
    wanted = sys.argv[1:] or list(MEASURES)
    if unknown := set(wanted) - set(MEASURES):
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; choose from {', '.join(MEASURES)}.")
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            MEASURES[name](Course(Path(folder)))


if __name__ == "__main__":
    main()
