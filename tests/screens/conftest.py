"""A desk with a few exercises of the course, and a camera: commands, run at any width, in colour or in Chinese."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import grader.cli
import grader.cli.learn
from grader import messages
from grader.catalog import Course, Exercise
from grader.desk.progress import Progress
from grader.judge.bench import Bench

ROOT = Path(__file__).parents[2]
EXERCISES = ("01_first_await", "12_bounded_downloads", "13_work_queue", "16_bank_transfer")
STYLE = re.compile(r"\x1b\[[0-9;]*m")

#: How a screen is taken. A terminal it is in each, `dumb` where nothing but characters is wanted.
FORMS = {
    "wide": {"COLUMNS": "100"},
    "narrow": {"COLUMNS": "40"},
    "chinese": {"COLUMNS": "100", "LANG": "zh_CN.UTF-8"},
    "chinese_narrow": {"COLUMNS": "40", "LANG": "zh_CN.UTF-8"},
    "colour": {"COLUMNS": "100", "TERM": "xterm-256color", "COLORTERM": "truecolor"},
    "no_colour": {"COLUMNS": "100", "TERM": "xterm-256color", "NO_COLOR": "1"},
}
#: What the machine's own environment must not decide.
UNSET = ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "COLORTERM", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
TERMINAL = {"FORCE_COLOR": "1", "LINES": "50", "TERM": "dumb", "LANG": "en_GB.UTF-8"}


@dataclass
class Desk:
    """The course of one student, as a scene finds it."""

    root: Path
    course: Course = field(init=False)

    def __post_init__(self) -> None:
        self.course = Course.load(self.root)

    def exercise(self, number: int) -> Exercise:
        return self.course.find(str(number))

    def write(self, number: int, source: str) -> None:
        """The student's file."""
        self.exercise(number).stub.write_text(source, "utf-8")

    def take(self, number: int, place: str) -> None:
        """Take over one of the files that the kit keeps for an exercise, such as `mistakes/ignores_the_limit.py`."""
        exercise = self.exercise(number)
        shutil.copyfile(ROOT / "solutions" / exercise.name / place, exercise.stub)

    def solve(self, number: int) -> None:
        self.take(number, self.exercise(number).stub.name)

    def checked(self, *numbers: int, passed: int = 3) -> None:
        """These have been checked before, and so many of their three tests passed."""
        for number in numbers:
            exercise = self.exercise(number)
            Progress.load(self.root).checked(exercise, exercise.stub.read_bytes(), passed, 3)

    def hinted(self, number: int, times: int) -> None:
        for _ in range(times):
            Progress.load(self.root).hinted(self.exercise(number))


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the course, the same for all scenes: a bench reads a suite once."""
    return tmp_path_factory.mktemp("desk") / "course"


@pytest.fixture(scope="session")
def bench(place: Path) -> Iterator[Bench]:
    with Bench(place, walls="filtered") as bench:
        yield bench


@pytest.fixture
def desk(place: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A few exercises of the real course, none begun; the commands run there, on the one real bench."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(ROOT / "exercises" / "locale", place / "exercises" / "locale")
    shutil.copy(ROOT / "exercises" / "course.toml", place / "exercises")
    for name in EXERCISES:
        shutil.copytree(ROOT / "exercises" / name, place / "exercises" / name)
    shutil.copytree(ROOT / "tests" / "hidden" / EXERCISES[1], place / "tests" / "hidden" / EXERCISES[1])
    monkeypatch.setattr(grader.cli.learn, "practice_bench", lambda course: nullcontext(bench))
    monkeypatch.setattr(grader.cli.learn, "cores", lambda: 1)
    monkeypatch.chdir(place)
    return Desk(place)


@pytest.fixture
def screen() -> Iterator[Callable[..., str]]:
    """Run a command of `grader`, or draw what a function prints, and return what stands on the terminal."""

    def screen(form: str, *arguments: str, draw: Callable[[], None] | None = None) -> str:
        environment = {**dict.fromkeys(UNSET), **TERMINAL, **FORMS[form]}
        command = grader.cli.main if draw is None else click.Command("draw", callback=draw)
        result = CliRunner(env=environment).invoke(command, list(arguments), prog_name="grader")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        if form in ("colour", "no_colour"):
            return result.output
        return "".join(f"{line.rstrip()}\n" for line in result.output.splitlines())

    yield screen
    messages.use("en")
