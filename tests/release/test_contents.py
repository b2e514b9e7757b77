"""What a release's files say is true there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from grader.catalog import Course
from grader.cli import main
from grader.judge.custody import WALL_SECONDS

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture
def clone(released, tmp_path):
    """A student's clone of the release."""
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", released, folder], check=True)
    return folder


def run(folder, *command, **variables):
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "LANG": "en_US.UTF-8", **variables}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_project_is_the_kits_without_its_tools(released):
    """Name, version, dependencies and entry points are the kit's; what only instructors and tools need is left out."""
    theirs = tomllib.loads((released / "pyproject.toml").read_text("utf-8"))
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    assert theirs["build-system"] == ours["build-system"]
    needed = [line for line in ours["project"].pop("dependencies") if not line.startswith("sqlalchemy")]
    assert sorted(theirs["project"].pop("dependencies")) == sorted(needed)
    del ours["project"]["optional-dependencies"]
    assert theirs["project"] == ours["project"]
    assert set(theirs["tool"]) == {"hatch", "pytest"}
    assert theirs["tool"]["hatch"] == ours["tool"]["hatch"]
    options = theirs["tool"]["pytest"]["ini_options"]
    assert options.pop("testpaths") == ["exercises"]
    assert options.items() <= ours["tool"]["pytest"]["ini_options"].items()


#: What VS Code's own plugin for pytest expects when it has collected.
EXPLORER = """
def pytest_sessionfinish(session):
    for item in session.items:
        if hasattr(item, "callspec"):
            name, parameters = item.name.split("[", 1)
"""


def test_plain_pytest_collects_the_examples_only(released, tmp_path):
    """`pytest` at the root, and as VS Code's explorer calls it, finds each example and nothing else."""
    settings = json.loads((released / ".vscode/settings.json").read_text("utf-8"))
    assert settings["python.testing.pytestEnabled"] is True
    (tmp_path / "explorer.py").write_text(EXPLORER, "utf-8")
    explorer = ["-p", "explorer", f"--rootdir={released}", *settings["python.testing.pytestArgs"]]
    collect = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only", "-q"]
    found = []
    for how in ([], explorer):
        done = run(released, *collect, *how, PYTHONPATH=str(tmp_path))
        assert done.returncode == 0, done.stdout + done.stderr
        found.append({line for line in done.stdout.splitlines() if "::" in line})

    assert found[0] == found[1]
    files = {line.partition("::")[0] for line in found[0]}
    exercises = Course.load(released).exercises
    assert files == {exercise.shown(exercise.examples) for exercise in exercises}


def test_the_readme_names_commands_that_exist(released):
    """Each command of the README is one of the grader's, in both languages the same."""
    english, chinese = ((released / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md"))
    named = re.findall(r"`grader(?: (\w+))?[^`]*`", english)

    assert re.findall(r"`grader(?: (\w+))?[^`]*`", chinese) == named
    assert re.findall(r"```.*?```", english, re.DOTALL) == re.findall(r"```.*?```", chinese, re.DOTALL)
    seconds = f"stopped after {WALL_SECONDS:g} seconds rather than {Course.load(released).grading.cpu_seconds:g},"
    assert seconds in english
    assert {name for name in named if name} <= {*main.list_commands(click.Context(main))}
    for page in (english, chinese):
        for target in re.findall(r"\]\(([^)]+)\)", page):
            assert (released / target).is_file(), target


def test_declarations_for_editors_are_json(released):
    """VS Code finds its settings, and the dev container installs what a student would."""
    for place in (".vscode/extensions.json", ".devcontainer/devcontainer.json"):
        assert "ms-python.python" in (released / place).read_text("utf-8")
        json.loads((released / place).read_text("utf-8"))

    container = json.loads((released / ".devcontainer/devcontainer.json").read_text("utf-8"))
    assert container["postCreateCommand"] == "pip install ."
    assert container["name"] == Course.load(released).title


def script_of(folder):
    """The last step of the workflow, as GitHub runs it."""
    workflow = (folder / ".github/workflows/check.yml").read_text("utf-8")
    return re.sub(r"(?m)^ {10}", "", workflow.rpartition("- run: |\n")[2])


@pytest.mark.parametrize(
    ("source", "status", "last"),
    [
        (None, 0, "Read it with `grader show 1`, edit the file, then run `grader check 1`."),
        ("solutions/02_breakfast_together/breakfast_together.py", 0, "Everything passes. Next: `grader show 3`."),
        ("solutions/12_bounded_downloads/bounded_downloads.py", 1, "4 tests do not pass yet"),
    ],
    ids=["nothing begun", "right", "wrong"],
)
def test_the_workflow_checks_what_was_begun(clone, source, status, last):
    """A push is judged by the exercises that differ from the first commit, and by no others."""
    if source is not None:
        (clone / "exercises/02_breakfast_together/breakfast_together.py").write_bytes((ROOT / source).read_bytes())
        run(clone, "git", "-c", "user.name=a", "-c", "user.email=a@b.test", "commit", "--quiet", "--all", "--message=a")

    done = run(clone, "bash", "-e", "-c", script_of(clone))

    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout.rstrip().splitlines()[-1].startswith(last)
