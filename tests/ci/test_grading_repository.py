"""The grading repository: its workflows are what they say, run as a service runs them, and give nothing away."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from grader.classroom.seal import VARIABLE, new_key
from grader.cli import main
from tests.ci.conftest import Runner, without_services

ROOT = Path(__file__).parents[2]
KEY = new_key()
SLUG = "exercises/12_bounded_downloads/bounded_downloads.py"


def made(place: Path, *words: str, key: str = KEY) -> tuple[int, str]:
    command = ["pipelines", str(place), "--course", str(ROOT), "--exercise", "12", *words]
    done = CliRunner(env={VARIABLE: key}).invoke(main, command)
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """What `grader pipelines` makes for exercise 12."""
    place = tmp_path_factory.mktemp("made") / "grading"
    assert made(place, "--repository", "school/grading") == (
        0,
        f"The grading repository is in {place}; its README.md says how it is set up safely.\n",
    )
    return place


def workflow(path: Path) -> dict:
    # YAML 1.1 takes `on` for true.
    read = yaml.safe_load(path.read_text("utf-8"))
    return {"on" if key is True else key: value for key, value in read.items()}


def test_nothing_in_it_is_secret(repository):
    """Neither the key nor the text of a suite nor a solution, in the wheel neither; no template is unfilled."""
    files = [path for path in repository.rglob("*") if path.is_file()]

    assert {path.relative_to(repository).as_posix() for path in files} == {
        "README.md", ".github/workflows/grade.yml", "callers/github.yml", "gitlab.yml", "suites.sealed",
        *(path.name for path in repository.glob("*.whl")),
    }  # fmt: skip
    for path in files:
        content = path.read_bytes()
        assert KEY.encode() not in content
        assert b"SlowMuseum" not in content
        assert path.suffix in (".whl", ".sealed") or b"[[" not in content


def test_the_reusable_workflow_gives_the_key_to_one_step(repository):
    """With the right to read alone; nothing of an event is pasted into a script; the commit keeps no token."""
    said = workflow(repository / ".github/workflows/grade.yml")
    job = said["jobs"]["grade"]
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    checkouts = [step["with"] for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]

    assert list(said["on"]) == ["workflow_call"]
    assert said["permissions"] == {"contents": "read"}
    assert job["environment"] == "grading"
    assert not any("${{" in script for script in scripts)
    assert [step["name"] for step in job["steps"] if "secrets." in str(step)] == ["Grade"]
    assert [checkout["path"] for checkout in checkouts] == ["work", "grading"]
    assert all(checkout["persist-credentials"] is False for checkout in checkouts)
    # The student's commit is read by the grader, and by nothing else.
    assert [script for script in scripts if re.search(r"\bwork\b", script)] == [scripts[-1]]
    assert re.findall(r"\bwork\b.*", scripts[-1])[0].startswith("work --sealed grading/suites.sealed")


def test_the_caller_runs_on_the_default_branchs_terms(repository):
    """Its event is one whose workflow no pull request changes."""
    said = workflow(repository / "callers/github.yml")

    assert list(said["on"]) == ["pull_request_target"]
    assert said["permissions"] == {"contents": "read"}
    assert said["jobs"]["grade"]["uses"] == "school/grading/.github/workflows/grade.yml@main"


@pytest.fixture
def job(repository, forge, tmp_path):
    """A folder as a job has it before it grades a wrong answer: the commit, the grading repository, the kit."""
    wrong = (ROOT / "solutions/12_bounded_downloads/mistakes/accepts_any_limit.py").read_text("utf-8")
    forge.push("main", {SLUG: (ROOT / SLUG).read_text("utf-8")})
    commit = forge.push("student/ada", {SLUG: wrong})
    place = tmp_path / "job"
    (place / "kit" / "bin").mkdir(parents=True)
    # In place of what the steps before install.
    program = place / "kit" / "bin" / "grader"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m grader "$@"\n')
    program.chmod(0o755)
    (place / "work").symlink_to(forge.check_out(commit))
    (place / "grading").symlink_to(repository)
    return place, Runner.for_push(tmp_path / "runner", place, commit)


def run(script: str, place: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a step's script as services do."""
    command = ["bash", "-e", "-o", "pipefail", "-c", script]
    told = {**without_services(), **environ, VARIABLE: KEY}
    return subprocess.run(command, cwd=place, env=told, capture_output=True, text=True, check=False)


def test_the_workflows_step_grades(repository, job):
    """Its own script, in a runner's environment: points, summary, outputs, files."""
    place, runner = job
    step = workflow(repository / ".github/workflows/grade.yml")["jobs"]["grade"]["steps"][-2]
    assert step["id"] == "grade"
    inputs = {"STUDENT": "ada", "THRESHOLD": "100", "FEEDBACK": "sentences"}

    done = run(step["run"], place, {**runner.environ, **inputs})

    assert done.returncode == 1, done.stdout + done.stderr
    assert runner.output()["score"] == "9.48"
    assert json.loads((place / "results.json").read_text())["score"] == 9.48
    assert (place / "badge.svg").read_text().startswith("<svg")
    assert [path.name for path in (place / "verdicts").iterdir()] == ["verdicts.sealed"]
    assert "9.48 of 10 points" in runner.summary.read_text("utf-8")


def test_gitlabs_job_grades(repository, job):
    """Its own script, with what its artifacts and its cache name."""
    place, _ = job
    said = yaml.safe_load((repository / "gitlab.yml").read_text("utf-8"))["grade"]
    environ = {"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": str(place / "work"), "GRADING": str(repository)}

    done = run(said["script"][0].replace("/tmp/kit", str(place / "kit")), place, environ)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "9.48 of 10 points" in done.stdout
    for name in (*said["artifacts"]["paths"], said["artifacts"]["reports"]["junit"], *said["cache"]["paths"]):
        assert (place / name).exists(), name


def test_what_is_wrong_is_one_sentence(tmp_path):
    """A name that is none, no key, and a folder that is in use."""
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").touch()
    good = ("--repository", "school/grading")

    for name in ("grading", "a b/c", "x/y\n- run: evil", "https://x/y", "[[ key ]]/x"):
        assert "is no name of a repository" in made(tmp_path / "new", "--repository", name)[1]
    assert "GRADER_SEAL_KEY is not set" in made(tmp_path / "new", *good, key="")[1]
    assert "is not empty" in made(tmp_path / "used", *good)[1]
    assert os.listdir(tmp_path) == ["used"]
