"""A host of repositories to which students push branches, and runners that check them out and run `grader ci`."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import grader.cli
import grader.cli.running
from grader.catalog import Course

_COMMAND = re.compile(r"\s*::(?P<name>[\w-]+)(?: (?P<properties>[^:]*(?::(?!:)[^:]*)*))?::(?P<data>.*)")
_OLD_COMMAND = re.compile(r".*?##\[(?P<name>[\w-]+)(?: (?P<properties>[^\]]*))?\](?P<data>.*)")


@dataclass(frozen=True)
class Command:
    """A workflow command, as GitHub's runner reads it."""

    name: str
    properties: Mapping[str, str]
    data: str


def commands_in(log: str) -> list[Command]:
    """What GitHub's runner takes for commands in a log, by its rules: in both syntaxes, unless they are stopped."""
    found: list[Command] = []
    stopped = ""
    for line in re.split(r"\r\n|\n|\r", log):
        match = _COMMAND.match(line) or _OLD_COMMAND.match(line)
        if match is None:
            continue
        if stopped:
            stopped = "" if match["name"] == stopped else stopped
        elif match["name"] == "stop-commands":
            stopped = match["data"]
        else:
            pairs = (pair.partition("=") for pair in (match["properties"] or "").split(",") if pair)
            found.append(Command(match["name"], {name: _read(value) for name, _, value in pairs}, _read(match["data"])))
    return found


def _read(text: str) -> str:
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, sign)
    return text


@dataclass
class Forge:
    """A host with one repository, whose first commit on `main` the course gave out."""

    home: Path
    commits: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.origin, self._clone = self.home / "origin.git", self.home / "clone"
        self._git(self.home, "init", "-q", "--bare", "-b", "main", str(self.origin))
        self._git(self.home, "init", "-q", "-b", "main", str(self._clone))
        self._git(self._clone, "remote", "add", "origin", str(self.origin))

    def push(self, branch: str, files: Mapping[str, str | None], *, start: str = "") -> str:
        """Commit changes on a branch, which may begin at another, and push it. None deletes a file."""
        known = self._git(self._clone, "branch", "--list", branch).strip()
        if self.commits:
            self._git(self._clone, "checkout", "-q", *([branch] if known else ["-b", branch, start or "main"]))
        for name, text in files.items():
            path = self._clone / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        self._git(self._clone, "add", "--all")
        self._git(self._clone, "commit", "-q", "--allow-empty", "-m", "Work")
        self._git(self._clone, "push", "-q", "origin", branch)
        self.commits[branch] = self._git(self._clone, "rev-parse", "HEAD").strip()
        return self.commits[branch]

    def check_out(self, commit: str, *, depth: int = 0) -> Path:
        """A fresh checkout of a commit, as actions/checkout makes it: detached, with the remote's branches."""
        place = self.home / f"checkout-{len(list(self.home.glob('checkout-*')))}"
        self._git(self.home, "init", "-q", str(place))
        self._git(place, "remote", "add", "origin", self.origin.as_uri())
        what = [f"--depth={depth}", commit] if depth else ["+refs/heads/*:refs/remotes/origin/*"]
        self._git(place, "fetch", "-q", "--no-tags", "origin", *what)
        self._git(place, "checkout", "-q", "--detach", commit)
        return place

    def _git(self, folder: Path, *words: str) -> str:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        for role in ("AUTHOR", "COMMITTER"):
            environ |= {f"GIT_{role}_NAME": "Ada", f"GIT_{role}_EMAIL": "ada@x.test"}
            environ[f"GIT_{role}_DATE"] = "2026-10-01T12:00:00+02:00"
        done = subprocess.run(["git", *words], cwd=folder, env=environ, check=True, capture_output=True, text=True)
        return done.stdout


@dataclass
class Runner:
    """A runner of GitHub's: its environment, and the files that it hands to a step."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def for_push(
        cls, folder: Path, checkout: Path, commit: str, *, before: str = "0" * 40, branch: str = "student/ada"
    ):
        """A job for a push."""
        folder.mkdir()
        event = folder / "event.json"
        event.write_text(json.dumps({"before": before, "after": commit, "ref": f"refs/heads/{branch}"}))
        made = cls(folder)
        made.summary.touch()
        made.outputs.touch()
        made.environ = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "ada",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_OUTPUT": str(made.outputs),
            "GITHUB_REF": f"refs/heads/{branch}",
            "GITHUB_REPOSITORY": "school/course",
            "GITHUB_SHA": commit,
            "GITHUB_STEP_SUMMARY": str(made.summary),
            "GITHUB_WORKSPACE": str(checkout),
        }
        return made

    @property
    def summary(self) -> Path:
        return self.folder / "summary.md"

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs"

    def output(self) -> dict[str, str]:
        """What the step hands on."""
        lines = self.outputs.read_text("utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)


_OF_SERVICES = ("GITHUB_", "GITLAB_", "CI", "GRADER_", "OWNER", "USERNAME", "CLASSROOM", "ASSIGNMENT")


def without_services() -> dict[str, str]:
    """The environment without what this very test run may owe to a CI service."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OF_SERVICES)}


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    """A host without any commit."""
    home = tmp_path / "forge"
    home.mkdir()
    return Forge(home)


@pytest.fixture
def course(course_builder) -> Course:
    """A course of three small exercises, judged by what a submission says in its comments."""
    for name in ("01_first_await", "02_breakfast", "12_bounded_downloads"):
        course_builder.add(name)
    return course_builder.load()


@pytest.fixture
def given(course: Course, forge: Forge) -> str:
    """The first commit: the stubs, in the exercises' layout."""
    return forge.push(
        "main", {course_file(course, exercise.name): stub(course, exercise.name) for exercise in course.exercises}
    )


def course_file(course: Course, name: str) -> str:
    exercise = course.find(name)
    return exercise.shown(exercise.stub)


def stub(course: Course, name: str) -> str:
    return course.find(name).stub.read_text("utf-8")


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, course: Course, fake_bench) -> Run:
    """Run `grader ci` with fake benches in the environment of a runner."""
    monkeypatch.setattr(grader.cli.running, "judging", lambda course, **options: (fake_bench, "filtered"))
    for name in [name for name in os.environ if name.startswith(_OF_SERVICES)]:
        monkeypatch.delenv(name)

    def run(*words: object, environ: Mapping[str, str] | None = None, suites: bool = True) -> Result:
        where = ["--course", str(course.root)] if suites else []
        return CliRunner(env=dict(environ or {})).invoke(grader.cli.main, ["ci", *where, *map(str, words)])

    return run


@pytest.fixture
def judged(fake_bench) -> Callable[[], list[str]]:
    """The exercises whose hidden suites have been run so far, in order of their names."""

    def names() -> list[str]:
        jobs = [job for bench in fake_bench.opened for job in bench.judged]
        return sorted(job.exercise for job in jobs if "hidden" in job.suite[0])

    return names
