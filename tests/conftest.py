"""Small courses on disk, a bench that reads its verdicts from the submission's own comments, and golden files.

After a change that is meant, write the golden files anew and read their diff::

    REGENERATE_GOLDENS=1 pytest tests/screens
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.catalog import Course
from grader.judge.job import BenchError, Job
from grader.records.results import Dimension, Ending
from grader.rubric import Outcome

ROOT = Path(__file__).parents[1]

COURSE_TOML = """\
title = "Waiting well"

[[tracks]]
slug = "basics"
title = "First steps"
title_zh = "起步"
"""

EXERCISE_TOML = """\
title = "Bounded downloads"
track = "basics"
points = 10
topics = ["semaphore"]
hints = ["Who waits?", "Who is let in next?"]
"""

SUITE: tuple[tuple[str, Dimension, float], ...] = (
    ("test_returns_results", "correctness", 2),
    ("test_downloads_overlap", "concurrency", 2),
    ("test_leaves_nothing_running", "cancellation", 1),
)


def write(root: Path, place: str, text: str) -> Path:
    """Write a file and the folders above it."""
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="session")
def sample_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the sample class with all that can be told, graded once for whichever of xdist's processes."""
    import fcntl

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    out = shared / "sample_class"
    with (shared / "sample_class.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "index.html").exists():
            command = [sys.executable, "-m", "grader", "grade", "tests/sample_class", "--out", str(out)]
            subprocess.run([*command, "--feedback", "full"], cwd=ROOT, check=True, capture_output=True)
    return out


class CourseBuilder:
    """Writes a course's files; `load()` reads them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        write(root, "exercises/course.toml", COURSE_TOML)

    def add(self, name: str, toml: str = EXERCISE_TOML) -> None:
        """An exercise with all its files, whose solution passes and whose stub fails everything."""
        slug = name.partition("_")[2]
        everything = ", ".join(test for test, _, _ in SUITE)
        write(self.root, f"exercises/{name}/README.md", "# An exercise\n")
        write(self.root, f"exercises/{name}/exercise.toml", toml)
        write(self.root, f"exercises/{name}/{slug}.py", f"# fails: {everything}\n")
        write(self.root, f"exercises/{name}/test_{slug}.py", "")
        write(self.root, f"solutions/{name}/{slug}.py", "")
        write(self.root, f"tests/hidden/{name}/test_hidden.py", "")

    def mistake(self, name: str, file: str, docstring: str, fails: str) -> Path:
        """A mistake that fails the tests named in `fails`."""
        return write(self.root, f"solutions/{name}/mistakes/{file}", f'"""{docstring}"""\n# fails: {fails}\n')

    def load(self) -> Course:
        return Course.load(self.root)


class FakeBench:
    """Fails the tests that the submission names in `# fails: …`; `# breaks the bench` raises."""

    opened: list[FakeBench]

    def __init__(self) -> None:
        self.closed = False
        self.judged: list[Job] = []
        FakeBench.opened.append(self)

    def __enter__(self) -> FakeBench:
        return self

    def __exit__(self, *error: object) -> None:
        self.closed = True

    def interrupt(self) -> None:
        """Judging is instant here."""

    def judge(self, job: Job) -> tuple[Outcome, ...]:
        self.judged.append(job)
        source = job.source.decode()
        if "# breaks the bench" in source:
            raise BenchError("The bench's worker died.")
        fails = {name.strip() for line in re.findall(r"# fails: (.*)", source) for name in line.split(",")}
        return tuple(
            outcome(name, dimension, weight, "rejected" if name in fails else "passed")
            for name, dimension, weight in SUITE
            if not job.tests or name in job.tests
        )


def outcome(
    name: str, dimension: Dimension, weight: float, ending: Ending = "passed", seed: int | None = None
) -> Outcome:
    return Outcome(name, dimension, weight, ending, f"The claim of {name}.", seed=seed)


@pytest.fixture
def course_builder(tmp_path: Path) -> CourseBuilder:
    """An empty course in a folder of its own."""
    return CourseBuilder(tmp_path / "course")


@pytest.fixture
def fake_bench() -> type[FakeBench]:
    """The class of benches that judge by comments; `opened` are those of this test."""
    FakeBench.opened = []
    return FakeBench


@pytest.fixture
def write_file() -> Callable[[Path, str, str], Path]:
    return write


@pytest.fixture
def matches_golden(request: pytest.FixtureRequest) -> Callable[[str | Path, str], None]:
    """Compare a text with its golden file, or write the file where regeneration was asked for.

    A file that is named without a folder lies in `golden` beside the test.
    """

    def compare(file: str | Path, text: str) -> None:
        path = request.path.parent / "golden" / file
        if os.environ.get("REGENERATE_GOLDENS"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.exists(), f"{path} is missing: run REGENERATE_GOLDENS=1 pytest {request.path.parent}"
        assert text == path.read_text(encoding="utf-8")

    return compare
