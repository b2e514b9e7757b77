"""Faults of the grader's own are never charged to a student, are mended once, and lose nothing.

Processes of the grader are really killed, disks are really full. The suite of the small course here can strike, at one
exact moment of a test: where the submission begins with ``# struck:`` and words, each run of its second test does what
the next word says. The processes that it strikes are the worker's own, found by their numbers.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

import grader.cli
import grader.cli.running
from grader.catalog import Course
from grader.classroom.grade import grade
from grader.classroom.pool import Judged, job_for, judge_all, on_benches
from grader.classroom.publish import PublishError, publish
from grader.judge.bench import Bench
from grader.judge.job import BenchError, Job
from grader.judge.launch import can_fork, level_here
from grader.rubric import Outcome
from tests.conftest import COURSE_TOML, write

pytestmark = pytest.mark.skipif(
    not can_fork() or not Path("/proc/self/stat").exists(), reason="the processes struck here are those of Linux"
)

SUITE = '''
import asyncio
import os
import resource
import select
import signal
from pathlib import Path

import pytest


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def ancestor(trial, generation):
    pid = trial._companion.custody.pid
    for _ in range(generation):
        pid = parent(pid)
    assert parent(pid) != 0 and pid != os.getpid()
    return pid


def outermost(trial):
    pid = trial._companion.custody.pid
    while parent(pid) != os.getpid():
        pid = parent(pid)
    return pid


def starve():
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    # Enough to go on for a while, too little for the large answer.
    resource.setrlimit(resource.RLIMIT_AS, (used + 3 * 2**22, used + 3 * 2**22))


STRIKES = {
    "child": lambda trial: os.kill(ancestor(trial, 0), signal.SIGKILL),
    "divided": lambda trial: os.kill(ancestor(trial, 1), signal.SIGKILL),
    "warm": lambda trial: os.kill(ancestor(trial, 2), signal.SIGKILL),
    "outermost": lambda trial: os.kill(outermost(trial), signal.SIGKILL),
    "worker": lambda trial: os.kill(os.getpid(), signal.SIGKILL),
    "control": lambda trial: trial._brought.launcher._control.shutdown(2),
    "memory": lambda trial: starve(),
}


def strike(trial):
    head, _, words = trial._brought.source.decode().partition("\\n")[0].partition(": ")
    if head == "# struck":
        runs = Path(__file__).with_name(f"runs of {words}")
        earlier = len(runs.read_text()) if runs.exists() else 0
        runs.write_text("*" * (earlier + 1))
        for word in words.split()[earlier:][:1]:
            STRIKES[word](trial)
            if word in ("child", "divided"):
                # A child ends with its zygote, a moment later; it says nothing of its own accord.
                assert select.select([trial._companion.custody.sock], [], [], 30)[0], "The child lives on."


@pytest.mark.correctness
async def test_first(student):
    """The answer is 42."""
    assert len(await student.answer()) == 42


@pytest.mark.concurrency(points=2)
async def test_second(student, trial):
    """Two answers at once take a second."""
    strike(trial)
    one, two = await asyncio.gather(student.answer(), student.answer())
    assert (len(one), len(two)) == (42, 42)
    assert asyncio.get_running_loop().time() == 1.0


@pytest.mark.cancellation
async def test_third(student):
    """A cancelled answer does not come."""
    call = asyncio.create_task(student.answer())
    await asyncio.sleep(0.5)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


@pytest.mark.correctness
async def test_fourth(student):
    """A large answer comes whole."""
    assert len(await student.answer(15 * 2**20)) == 15 * 2**20
'''

RIGHT = "import asyncio\n\nasync def answer(size=42):\n    await asyncio.sleep(1)\n    return b'x' * size\n"
#: Works for some real time, so that there are moments to be killed at.
SLOW = RIGHT.replace("    await", "    sum(range(500_000))\n    await", 1)
CLASS = {
    "ada": SLOW,
    "bob": SLOW.replace("b'x' * size", "b'x' * 41"),
    "chen": SLOW.replace("sleep(1)", "sleep(2)"),
    "dalia": SLOW + "\nraise ValueError('no')\n",
    "elif": SLOW.replace("await asyncio.sleep(1)", "import os; os._exit(3)"),
    "farid": SLOW.replace("await asyncio.sleep(1)", "await asyncio.Event().wait()"),
    "grace": SLOW,
    "hiro": SLOW.replace("await asyncio.sleep(1)", "raise KeyError('x')"),
    "ines": SLOW.replace("    await", "    print('told')\n    await"),
    "jamal": "async def answer(:\n",
    "kavya": SLOW.replace("await asyncio.sleep(1)", "raise MemoryError"),
    "lars": SLOW,
}
KILLED = "The process of the code was ended by SIGKILL (too much memory, or killed)."
LEVELS = sorted({"filtered", level_here() if can_fork() else "none"} - {"none", "limits"})


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course with one small exercise, whose suite can strike."""
    root = tmp_path / "course"
    write(root, "exercises/course.toml", COURSE_TOML)
    write(root, "exercises/01_probe/exercise.toml", 'title = "Probe"\ntrack = "basics"\npoints = 10\n')
    for place in ("exercises/01_probe/README.md", "exercises/01_probe/test_probe.py"):
        write(root, place, "# Nothing\n")
    write(root, "exercises/01_probe/probe.py", "")
    write(root, "solutions/01_probe/probe.py", RIGHT)
    write(root, "tests/hidden/01_probe/test_hidden.py", SUITE)
    return Course.load(root)


def struck(words: str) -> str:
    """A right submission, whose first runs of one test are struck so."""
    return f"# struck: {words}\n{RIGHT}"


def runs(course: Course, words: str) -> int:
    """How often the test of `struck(words)` was begun."""
    return len((course.root / f"tests/hidden/01_probe/runs of {words}").read_text())


def job(course: Course, source: str) -> Job:
    return job_for(course.find("01"), source.encode())


def judged(course: Course, sources: list[str], **options: str) -> tuple[Judged, ...]:
    """The sources, judged one after the other on one desk."""
    jobs = [job(course, source) for source in sources]
    return judge_all(jobs, lambda: Bench(course.root, **options), workers=1)


def hand_in(folder: Path, sources: dict[str, str]) -> Path:
    for name, source in sources.items():
        write(folder, f"{name}/probe.py", source)
    return folder


def descendants(root: int) -> list[int]:
    """All processes below `root`, those nearest to it first."""
    parents: dict[int, int] = {}
    for path in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
    found: list[int] = []
    latest = [root]
    while latest := [pid for pid, parent in sorted(parents.items()) if parent in latest]:
        found += latest
    return found


def are_gone(pids: list[int]) -> bool:
    """Whether these processes end, given a moment."""
    for _ in range(1000):
        alive = [pid for pid in pids if _state(pid) not in ("Z", "")]
        if not alive:
            return True
        time.sleep(0.01)
    return False


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


# -- one strike at one exact moment ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Outcome, ...]]:
    """What the right submission gets at each level."""
    course_made = course.__wrapped__(tmp_path_factory.mktemp("undisturbed"))  # type: ignore[attr-defined]
    found = {}
    for level in LEVELS:
        (alone,) = judged(course_made, [RIGHT], walls=level)
        found[level] = alone.outcomes
        assert [outcome.ending for outcome in alone.outcomes] == ["passed"] * 4
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_one_fault_in_the_middle_of_a_suite_changes_nothing(
    course: Course, undisturbed: dict[str, tuple[Outcome, ...]], level: str
) -> None:
    """Killed child, zygote or worker, closed control socket, exhausted memory: the test is repeated, and passes."""
    victims = ["child", "divided", "warm", "outermost", "control", "worker", "memory"]
    before = descendants(os.getpid())
    results = judged(course, [struck(victim) for victim in victims], walls=level, lowest=level)

    for victim, result in zip(victims, results, strict=True):
        assert (result.problem, result.outcomes) == ("", undisturbed[level]), victim
    # At the lowest level of walls, children and zygotes outlive the zygote that they come from.
    assert {runs(course, victim) for victim in victims if victim not in ("warm", "outermost", "control")} == {2}
    assert are_gone([pid for pid in descendants(os.getpid()) if pid not in before])


TWICE = {
    "child child": ("raised", KILLED),
    "divided divided": ("grader error", "The grader's sandbox is gone."),
    "divided child": ("grader error", KILLED),
    "child divided": ("grader error", "The grader's sandbox is gone."),
}


def test_a_second_fault_in_the_same_test_is_reported_and_the_others_are_judged(course: Course) -> None:
    """Only a submission that is killed both times is charged with it; a zygote's end is always the grader's error."""
    *hit, following = judged(course, [*map(struck, TWICE), RIGHT], walls="filtered")

    for words, result in zip(TWICE, hit, strict=True):
        assert (result.problem, runs(course, words)) == ("", 2)
        assert (result.outcomes[1].ending, result.outcomes[1].cause) == TWICE[words], words
        assert [result.outcomes[at].ending for at in (0, 2, 3)] == ["passed"] * 3
    assert [outcome.ending for outcome in following.outcomes] == ["passed"] * 4


def test_a_submission_that_kills_itself_is_charged_with_it(course: Course) -> None:
    """It ends so the second time too."""
    suicide = RIGHT.replace("    await", "    import os\n    os.kill(os.getpid(), 9)\n    await")
    (alone,) = judged(course, [suicide], walls="filtered")

    assert {(outcome.ending, outcome.cause) for outcome in alone.outcomes} == {("raised", KILLED)}


IN_VAIN = {
    "worker worker": "The worker that judged this submission has died.",
    "memory memory": "The grader ran out of memory.",
}


def test_a_worker_that_fails_twice_is_a_grader_error_and_the_others_are_judged(course: Course, tmp_path: Path) -> None:
    """A submission whose worker dies or starves twice is not charged; its neighbours get their points."""
    dying, starving = IN_VAIN
    sources = {"ada": RIGHT, "bob": struck(dying), "chen": RIGHT, "dalia": struck(starving), "elif": RIGHT}
    folder = hand_in(tmp_path / "class", sources)

    result = grade(course, folder, tmp_path / "out", judges=on_benches(lambda: Bench(course.root), 1), walls=LEVELS[-1])
    ada, bob, chen, dalia, elif_ = (student.exercises[0] for student in result.students)

    assert [each.earned for each in (ada, chen, elif_)] == [10.0] * 3
    for each, words in ((bob, dying), (dalia, starving)):
        assert each.problem == f"The grader failed, not the submission: {IN_VAIN[words]}"
        assert each.has_grader_error
        assert [test.ending for test in each.tests] == ["grader error"] * 4
    assert (tmp_path / "out" / "students" / "bob.html").is_file()


def test_walls_are_never_lower_than_they_were_said_to_be(course: Course) -> None:
    """Where the walls that a grading was begun with cannot be had, nothing is judged behind lower ones."""
    with Bench(course.root, walls="filtered", lowest="isolated") as bench, pytest.raises(BenchError) as caught:
        bench.judge(job(course, RIGHT))

    assert str(caught.value) == "The walls around submissions are at the level 'filtered', and were at 'isolated'."


def test_a_course_that_is_gone_is_the_graders_error(course: Course) -> None:
    """No worker can start in a folder that is not there; that is told, and charged to nobody."""
    jobs = [job(course, RIGHT)]
    shutil.rmtree(course.root)
    (alone,) = judge_all(jobs, lambda: Bench(course.root), workers=1)

    assert alone.problem == f"A worker cannot be started in {course.root}: No such file or directory."
    assert alone.outcomes == ()


# -- random moments --------------------------------------------------------------------------------------


class Hunted:
    """A bench of which one process is killed at a random moment of most jobs that were not judged before."""

    def __init__(self, bench: Bench, chance: random.Random, known: set[bytes], killed: list[int]) -> None:
        self.bench = bench
        self.chance = chance
        self.known = known
        self.killed = killed

    def interrupt(self) -> None:
        self.bench.interrupt()

    def judge(self, wanted: Job) -> tuple[Outcome, ...]:
        if wanted.source in self.known or self.chance.random() > 0.6:
            return self.bench.judge(wanted)
        self.known.add(wanted.source)
        over = threading.Event()
        hunter = threading.Thread(target=self.hunt, args=(over, self.chance.uniform(0, 0.15), self.chance.random()))
        hunter.start()
        try:
            return self.bench.judge(wanted)
        finally:
            over.set()
            hunter.join()

    def hunt(self, over: threading.Event, delay: float, choice: float) -> None:
        over.wait(delay)
        process = self.bench._process
        ours = set(descendants(os.getpid()))
        prey = [] if process is None else [pid for pid in (process.pid, *descendants(process.pid)) if pid in ours]
        if prey:
            victim = prey[int(choice * len(prey))]
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
                self.killed.append(victim)


def stable(out: Path) -> tuple[object, bytes]:
    """The results, but for real time and the machine."""
    read = json.loads((out / "results.json").read_text("utf-8"))
    del read["machine"]
    for student in read["students"]:
        for exercise in student["exercises"]:
            del exercise["real_seconds"]
    return read, (out / "scores.csv").read_bytes()


@pytest.mark.parametrize("level", LEVELS)
def test_killing_any_process_at_any_moment_changes_no_result(course: Course, tmp_path: Path, level: str) -> None:
    """A class graded while its workers, zygotes and children are killed has the results of one graded in peace."""
    # One line of its own for each, so that no two are the same source.
    folder = hand_in(tmp_path / "class", {name: f"# {name}\n{source}" for name, source in CLASS.items()})
    chance, known, killed = random.Random(f"own faults {level}"), set[bytes](), list[int]()
    before = descendants(os.getpid())

    def bench() -> Bench:
        return Bench(course.root, walls=level, lowest=level)

    @contextmanager
    def hunted() -> Iterator[Hunted]:
        with bench() as made:
            yield Hunted(made, chance, known, killed)

    grade(course, folder, tmp_path / "peace", judges=on_benches(bench, 2), walls=level)
    grade(course, folder, tmp_path / "war", judges=on_benches(hunted, 2), walls=level)

    assert stable(tmp_path / "war") == stable(tmp_path / "peace")
    assert "grader error" not in (tmp_path / "war" / "results.json").read_text("utf-8")
    assert 0 < len(killed) <= len(known) <= len(CLASS)
    assert are_gone([pid for pid in descendants(os.getpid()) if pid not in before])


# -- disks, folders, Ctrl-C ------------------------------------------------------------------------------

GRADE = [
    # Started by a shell in the background, a process ignores Ctrl-C; and so do those that it starts.
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from grader.cli import main; main()",
    "grade",
]


def command(course: Course, *arguments: object) -> list[str]:
    return [sys.executable, "-c", *GRADE, *map(str, arguments), "--course", str(course.root)]


def test_a_full_disk_leaves_the_old_results_and_the_next_run_succeeds(course: Course, tmp_path: Path) -> None:
    """Exit status 2, the scores on the terminal, one sentence; what was there stays, and nothing is added."""
    alone = ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no mount namespace for an ordinary user here")
    disk = tmp_path / "disk"
    disk.mkdir()
    folder = hand_in(tmp_path / "class", {"ada": RIGHT})
    ledger = tmp_path / "ledger.sqlite"
    run = f"{' '.join(map(repr, command(course, folder, '--out', disk / 'out', '--ledger', ledger, '--workers', '1')))}"
    script = f"""
        mount -t tmpfs -o size=256k none {disk} || exit 9
        mkdir -p {disk}/out/students
        echo old > {disk}/out/results.json
        cat /dev/zero > {disk}/filler 2> {tmp_path}/full
        {run} > {tmp_path}/first 2> {tmp_path}/complaint
        echo $? > {tmp_path}/status
        find {disk}/out | sort > {tmp_path}/there
        cat {disk}/out/results.json > {tmp_path}/old
        rm {disk}/filler
        {run} > {tmp_path}/second 2>&1 && ls {disk}/out > {tmp_path}/after
    """
    done = subprocess.run([*alone, "sh", "-c", script], check=False, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr + (tmp_path / "second").read_text()
    assert (tmp_path / "status").read_text() == "2\n"
    complaint = (tmp_path / "complaint").read_text()
    assert complaint == f"Error: The results cannot be written to {disk}/out: No space left on device.\n"
    assert "graded       10 of 10  ada\n" in (tmp_path / "first").read_text()
    assert (tmp_path / "there").read_text().split() == [
        f"{disk}/out{each}" for each in ("", "/results.json", "/students")
    ]
    assert (tmp_path / "old").read_text() == "old\n"
    assert (tmp_path / "after").read_text().split() == [
        "exercises",
        "index.html",
        "results.json",
        "scores.csv",
        "students",
    ]


def test_a_disk_that_fills_up_half_way_changes_no_file(course: Course, tmp_path: Path) -> None:
    """The pages of some students are not written without those of others."""
    folder = hand_in(tmp_path / "class", {"ada": RIGHT, "bob": RIGHT})
    out = tmp_path / "out"
    result = grade(course, folder, out, judges=on_benches(lambda: Bench(course.root), 1), walls=LEVELS[-1])
    written = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    largest = max(len(content) for path, content in written.items() if path.suffix != ".sqlite")
    changed = tmp_path / "result.json"
    changed.write_bytes((out / "results.json").read_bytes().replace(b'"ada"', b'"eve"'))
    limited = (
        "import msgspec, resource, sys; from pathlib import Path\n"
        "from grader.classroom.publish import publish; from grader.records.results import ClassResult\n"
        "result = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=ClassResult)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))\n"
        "names = [student.student for student in result.students]\n"
        "publish(result.students, names, result.machine, 0, Path(sys.argv[2]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, str(changed), str(out), str(largest - 1)],
        check=False,
        capture_output=True,
        text=True,
    )

    assert f"PublishError: The results cannot be written to {out}: File too large." in done.stderr
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == written
    publish(result.students, [student.student for student in result.students], result.machine, 0, out)


def test_results_that_cannot_be_written_are_known_before_anything_is_judged(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unwritable folder, a file in the way, a course that is gone: one sentence, exit status 2, no bench opened."""
    opened: list[int] = []
    monkeypatch.setattr(grader.cli.running, "judging", lambda course, **options: (lambda: opened.append(1), "filtered"))
    folder = hand_in(tmp_path / "class", {"ada": RIGHT})
    file = write(tmp_path, "file", "")
    nowhere = Path("/proc/self/nowhere")
    sentences = {
        (file, course.root): f"The results cannot be written to {file}: it is not a folder.",
        (file / "out", course.root): f"The results cannot be written to {file / 'out'}: Not a directory.",
        (nowhere, course.root): f"The results cannot be written to {nowhere}: No such file or directory.",
        (tmp_path / "o", tmp_path): f"{tmp_path} holds no course: exercises/course.toml is not there.",
    }
    for (out, root), sentence in sentences.items():
        done = CliRunner().invoke(grader.cli.main, ["grade", str(folder), "--out", str(out), "--course", str(root)])

        assert (done.exit_code, done.output) == (2, f"Error: {sentence}\n")
    assert opened == []


def test_a_folder_that_may_not_be_written_is_refused(course: Course, tmp_path: Path) -> None:
    """Whoever grades: a file system that is mounted for reading refuses root too."""
    with pytest.raises(PublishError, match="cannot be written to"):
        grade(
            course,
            hand_in(tmp_path / "class", {"ada": RIGHT}),
            Path("/proc/sys"),
            judges=on_benches(lambda: Bench(course.root), 1),
            walls="filtered",
        )


def test_interrupted_grading_ends_at_once_and_leaves_nothing_behind(course: Course, tmp_path: Path) -> None:
    """Ctrl-C: one sentence, exit status 130, no process left, the old results whole."""
    never = RIGHT.replace("    await", "    while True:\n        pass\n    await")
    folder = hand_in(tmp_path / "class", {name: f"# {name}\n{never}" for name in CLASS})
    old = write(tmp_path, "out/results.json", "old\n")
    grading = subprocess.Popen(
        command(course, folder, "--out", old.parent, "--workers", "2"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    # A worker, its warm zygote, the zygote of a submission and the child of a test, for each of the two workers.
    while len(everything := descendants(grading.pid)) < 8 and grading.poll() is None:
        time.sleep(0.02)
    os.killpg(grading.pid, signal.SIGINT)
    told, complaint = grading.communicate(timeout=60)

    assert grading.returncode == 130
    assert complaint == "Error: Interrupted; no file was left half written.\n"
    assert told == ""
    assert are_gone(everything)
    assert sorted(path.name for path in old.parent.iterdir()) == ["ledger.sqlite", "results.json"]
    assert old.read_text() == "old\n"


def test_ctrl_c_during_the_last_step_waits_until_all_files_are_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New pages never stand beside old results."""
    replace = os.replace

    def interrupted_replace(source: Path, target: Path) -> None:
        signal.raise_signal(signal.SIGINT)
        replace(source, target)

    monkeypatch.setattr(os, "replace", interrupted_replace)
    # Where the tests run in the background, a shell has had Ctrl-C ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        publish((), (), _machine(), 0, tmp_path)
    signal.signal(signal.SIGINT, before)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".pages.json",
        "index.html",
        "results.json",
        "scores.csv",
    ]


def _machine():
    from grader.records.results import Machine

    return Machine("3", "here", "3", "none")
