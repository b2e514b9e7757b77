"""Each hostile submission gains nothing, is told why, and leaves everything as it was, behind every wall there is."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import secrets
import shutil
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from grader.judge.bench import Bench
from grader.judge.job import Job
from grader.judge.launch import level_here
from grader.rubric import Outcome

HERE = Path(__file__).parent
SUBMISSIONS = sorted((HERE / "submissions").glob("*.py"))
LEVELS = ("filtered", "isolated", "wrapped")
#: The classes of attack in the reference on security: how many there are under each letter.
CLASSES = {"A": 14, "B": 14, "C": 14, "D": 19, "E": 11, "F": 11, "G": 10, "H": 6, "I": 9, "J": 6}
FIRST_LINE = re.compile(r"# (?P<attack>[A-J]\d{1,2}) (?P<ending>rejected|raised|stuck)(?P<once> once)?:(?P<cause>.*)")
#: What is hidden in the suite, in the worker's environment and in a neighbour's submission.
SECRETS = ("a-line-of-the-hidden-suite-5f1b", "a-token-of-the-worker-91c4", "a-line-of-the-neighbour-d07e")
#: Attacks that make a file or a process leave it under this name, so that others' files on the machine do not count.
MARK = "left_behind"
SUITE = (
    "test_weighs_each_word",
    "test_asks_all_hosts_at_once",
    "test_brings_back_what_each_host_said",
    "test_weighs_all_words_at_once",
    "test_cancelled_survey_lets_go",
)
#: Real processor seconds of a turn; less where the attack is to use them up.
CPU_SECONDS, FEW_CPU_SECONDS = 2.0, 0.3
_PR_SET_CHILD_SUBREAPER = 36

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the walls are Linux's")


class Expected(NamedTuple):
    """The first line of a hostile submission."""

    attack: str
    ending: str
    once: bool
    cause: str

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests to face. Which test it is matters to attacks on the checks; the others would repeat themselves."""
        if self.once or self.ending == "stuck":
            return SUITE[:1]
        return SUITE if self.attack[0] in "BC" else SUITE[:2]


def expected_of(path: Path) -> Expected:
    line = path.read_text("utf-8", errors="replace").partition("\n")[0]
    match = FIRST_LINE.fullmatch(line)
    assert match is not None, f"{path.name}: the first line is not like '# A1 raised: part of the cause'"
    return Expected(match["attack"], match["ending"], bool(match["once"]), match["cause"].strip())


# -- what an attack could change -------------------------------------------------------------------------


def parents() -> dict[int, int]:
    """The parent of each process of the machine."""
    found = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                found[int(path.name)] = int((path / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    return found


def below(root: int) -> frozenset[int]:
    """All processes that `root` has started, and those that these have."""
    tree = parents()
    found: set[int] = set()
    latest = {root}
    while latest := {pid for pid, parent in tree.items() if parent in latest} - found:
        found |= latest
    return frozenset(found)


def bury(adopted: frozenset[int]) -> frozenset[int]:
    """Those of the processes adopted from the grader that have not ended; the others leave the process table."""
    alive = set()
    for pid in adopted:
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                alive.add(pid)
    return frozenset(alive)


def rights(pid: int) -> str:
    """What another process could have changed in this one: limits, priorities, processors, being stopped."""
    place = Path(f"/proc/{pid}")
    limits = (place / "limits").read_text()
    status = dict(line.split(":\t", 1) for line in (place / "status").read_text().splitlines() if ":\t" in line)
    after_name = (place / "stat").read_text(errors="replace").rpartition(")")[2].split()
    stopped = after_name[0] in "Tt"
    return f"{limits}{status['Cpus_allowed_list']} {after_name[15:17]} {after_name[38:39]} {stopped}"


def descriptors(pid: int) -> tuple[str, ...]:
    """What the open descriptors of a process lead to."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(os.readlink(link))
    return tuple(sorted(found))


def course_files(root: Path) -> frozenset[tuple[str, int, int]]:
    """Everything in the course's folder, with sizes and times."""
    return frozenset(
        (str(path.relative_to(root)), path.lstat().st_mtime_ns if path.is_file() else 0, path.lstat().st_mode)
        for path in root.rglob("*")
    )


def marked_files() -> frozenset[str]:
    """Files that bear the mark, wherever an attack could have put one."""
    places = ["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/", os.path.expanduser("~"), os.getcwd()]
    places += [sysconfig.get_path("purelib"), sysconfig.get_path("stdlib")]
    found = []
    for place in places:
        with contextlib.suppress(OSError):
            found += [f"{place}/{name}" for name in os.listdir(place) if MARK in name]
    return frozenset(found)


def shared_objects() -> frozenset[str]:
    """Shared memory, semaphores and message queues of System V: all but the counters that others move."""
    rows = []
    for kind in ("shm", "sem", "msg"):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]
            rows += [f"{kind} {' '.join(line.split()[:2])}" for line in lines]
    return frozenset(rows)


@dataclass(frozen=True)
class Surroundings:
    """What must be the same after an attack as before it."""

    worker: dict[int, str]
    others: frozenset[int]
    descriptors: tuple[str, ...]
    course: frozenset[tuple[str, int, int]]
    marked: frozenset[str]
    shared: frozenset[str]

    @classmethod
    def now(cls, worker: int, course: Path, known: frozenset[int]) -> Surroundings:
        tree = below(worker) | {worker}
        return cls(
            {pid: rights(pid) for pid in sorted(tree)},
            bury(below(os.getpid()) - tree - known),
            descriptors(worker),
            course_files(course),
            marked_files(),
            shared_objects(),
        )


class Siege:
    """A bench at one level of walls, and the state of the machine before the first attack."""

    def __init__(self, bench: Bench, course: Path, level: str) -> None:
        self.bench = bench
        self.course = course
        self.level = level
        #: Processes of the tests that ran before these.
        self.known = below(os.getpid())
        self.good = (HERE / "target" / "good.py").read_bytes()
        for _ in range(2):
            failures = [told(outcome) for outcome in self.judge(self.good) if outcome.ending != "passed"]
            assert failures == []
        self.before = self.settled()

    @property
    def worker(self) -> int:
        process = self.bench._process
        assert process is not None
        return process.pid

    def judge(
        self, source: bytes, *, cpu_seconds: float = CPU_SECONDS, tests: tuple[str, ...] = SUITE
    ) -> tuple[Outcome, ...]:
        """The outcomes of a submission, with inputs that no earlier run has had."""
        suite = self.course / "tests" / "hidden" / "01_target" / "test_hidden.py"
        paths = tuple(f"{suite}::{test}" for test in tests)
        seed = secrets.randbelow(2**31)
        return self.bench.judge(Job("01_target", paths, "target", source, 10.0, None, cpu_seconds, seed))

    def armed(self, path: Path) -> bytes:
        """A submission that knows where everything is, as if it had found out."""
        warm_zygotes = sorted(below(self.worker))
        places = {
            b"__COURSE__": str(self.course).encode(),
            b"__WORKER__": str(self.worker).encode(),
            b"__ZYGOTE__": str(warm_zygotes[-1]).encode(),
        }
        source = path.read_bytes()
        for name, place in places.items():
            source = source.replace(name, place)
        return source

    def settled(self) -> Surroundings:
        """The surroundings, once the processes that are ending have ended."""
        known = getattr(self, "before", None)
        for _ in range(100):
            with contextlib.suppress(OSError):
                now = Surroundings.now(self.worker, self.course, self.known)
                if known is None:
                    known = now
                elif now == known:
                    return now
                elif not hasattr(self, "before"):
                    known = now
            time.sleep(0.02)
        return Surroundings.now(self.worker, self.course, self.known)

    def assert_untouched(self) -> None:
        now, before = self.settled(), self.before

        assert list(now.worker) == list(before.worker), "A process of the grader was started or is gone."
        assert now.worker == before.worker, "The limits of a process of the grader were changed."
        assert now.others == frozenset(), "A process was left behind."
        assert now.descriptors == before.descriptors, "A descriptor was left open in the worker."
        assert now.course == before.course, "The course's folder was changed."
        assert now.marked == before.marked, "A file was left behind."
        assert now.shared == before.shared, "Shared memory, a semaphore or a queue was left behind."


# -- the siege -----------------------------------------------------------------------------------------------


def bubblewrap_works() -> bool:
    """Whether bubblewrap is installed and makes namespaces here."""
    command = ["bwrap", "--unshare-user", "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "true"]
    return shutil.which("bwrap") is not None and subprocess.run(command, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def orphans_come_here() -> Iterator[None]:
    """A process whose parent ends becomes a child of this one, so that none can hide."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    yield
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@pytest.fixture(scope="module", params=LEVELS)
def siege(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, orphans_come_here: None
) -> Iterator[Siege]:
    """The target behind the walls of one level, with secrets around it."""
    level = request.param
    reached = level_here(level)
    if reached != level:
        assert level != "wrapped" or not bubblewrap_works(), "Bubblewrap works, but not the zygote in it."
        pytest.skip(f"this machine reaches the level {reached}, not {level}")
    course = tmp_path_factory.mktemp("besieged")
    shutil.copytree(HERE / "target", course, dirs_exist_ok=True)
    neighbour = course / "submissions" / "neighbour" / "target.py"
    neighbour.parent.mkdir(parents=True)
    neighbour.write_text(f"# {SECRETS[2]}\n")
    with pytest.MonkeyPatch.context() as patch, Bench(course, walls=level) as bench:
        patch.setenv("GRADER_TOKEN", SECRETS[1])
        yield Siege(bench, course, level)


def everything_in(outcomes: tuple[Outcome, ...]) -> str:
    """All that a report could say of these outcomes."""
    return msgspec.json.encode(outcomes).decode()


def told(outcome: Outcome) -> str:
    """The cause, and the facts beside it."""
    return " | ".join([outcome.cause, *(fact.value for fact in outcome.facts)])


@pytest.mark.parametrize("path", SUBMISSIONS, ids=lambda path: path.stem)
def test_gains_nothing_and_leaves_everything_as_it_was(siege: Siege, path: Path) -> None:
    """A hostile submission passes no test, ends as it says, and the honest one after it gets full marks."""
    expected = expected_of(path)
    outcomes = siege.judge(
        siege.armed(path),
        cpu_seconds=FEW_CPU_SECONDS if expected.ending == "stuck" else CPU_SECONDS,
        tests=expected.tests,
    )
    honest = siege.judge(siege.good)

    text = "\n".join(f"{outcome.ending}: {told(outcome)}" for outcome in outcomes)
    assert [outcome.name for outcome in outcomes if outcome.ending == "passed"] == [], "Points were gained."
    assert {outcome.ending for outcome in outcomes} == {expected.ending}, text
    if expected.ending == "rejected":
        # What a test got is told where it was compared; other tests fail earlier.
        assert any(expected.cause in told(outcome) for outcome in outcomes), text
    else:
        assert all(expected.cause in told(outcome) for outcome in outcomes), text
    assert not any("\n" in outcome.cause for outcome in outcomes)
    assert [secret for secret in SECRETS if secret in everything_in(outcomes)] == [], "A secret came to light."
    assert [outcome.ending for outcome in honest] == ["passed"] * len(SUITE), "The next submission was harmed."
    siege.assert_untouched()


def test_every_class_of_attack_is_here_or_has_a_reason_not_to_be() -> None:
    """Each class under a letter has a submission, or a line in the README that says why it has none."""
    attacks = {expected_of(path).attack for path in SUBMISSIONS}
    excused = set(re.findall(r"^\| ([A-J]\d{1,2}) \|", (HERE / "README.md").read_text("utf-8"), re.MULTILINE))
    begun = {attack[0] for attack in attacks | excused}
    every = {f"{letter}{number}" for letter in begun for number in range(1, CLASSES[letter] + 1)}

    assert attacks <= every
    assert sorted(every - attacks - excused) == []
    assert sorted(attacks & excused) == []


@pytest.mark.parametrize("path", SUBMISSIONS, ids=lambda path: path.stem)
def test_the_name_of_a_submission_begins_with_its_class(path: Path) -> None:
    """The file's name and its first line agree."""
    attack = expected_of(path).attack

    assert re.match(rf"{attack[0].lower()}{int(attack[1:]):02}[b-z]?_[a-z]", path.name)
