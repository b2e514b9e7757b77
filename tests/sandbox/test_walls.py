"""The walls stand on every kind of machine that grades, and nothing is graded without them."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import grader
from grader.boundary.forks import LEVELS
from grader.doctor import NEEDED, examine
from grader.judge.launch import Zygote, level_here

SYSTEM_PYTHON = "/usr/bin/python3"
LEVELS_HERE = LEVELS[LEVELS.index(NEEDED) : LEVELS.index(level_here()) + 1]


@pytest.mark.parametrize("level", LEVELS_HERE)
def test_every_attack_fails_at_every_level(level: str) -> None:
    """At each level that this machine reaches, the doctor's attacks are refused."""
    found = examine(level)

    assert found.level == level
    assert [attack for attack in found.attacks if not attack.held] == []
    assert found.good


def test_a_level_is_never_raised_above_what_was_asked_for() -> None:
    """A zygote stands behind the walls that were asked for, or behind lower ones that it names."""
    for level in LEVELS_HERE:
        zygote = Zygote.warm_up(level)
        zygote.close()

        assert zygote.level == level


@pytest.fixture(scope="module")
def everybodys_python() -> Iterator[Path]:
    """The system's Python with this environment's packages, where every user of the machine can run it."""
    folder = Path(tempfile.mkdtemp(prefix="grader-walls-", dir="/var/tmp"))
    folder.chmod(0o755)
    subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    packages = next((folder / "venv" / "lib").glob("python3.*/site-packages"))
    for source in (Path(sysconfig.get_path("purelib")), Path(grader.__file__).parent):
        target = packages / source.name if source.name == "grader" else packages
        ignored = shutil.ignore_patterns("__pycache__", "_*.pth", "*.egg-link", "playwright", "nbgrader", "mypy*")
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=ignored)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0))
    yield folder / "venv" / "bin" / "python"
    shutil.rmtree(folder)


def doctor(python: Path, *prefix: str) -> tuple[int, str]:
    """The exit status and the text of `grader doctor`, run by `python` behind `prefix`."""
    command = [*prefix, str(python), "-P", "-m", "grader", "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    return done.returncode, done.stdout + done.stderr


def test_an_ordinary_user_has_walls(everybodys_python: Path) -> None:
    """Without any privilege the walls are those of root, and hold."""
    ordinary = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all")

    status, text = doctor(everybodys_python, *(ordinary if os.geteuid() == 0 else ()))

    assert status == 0, text
    assert f"Walls around a submission: {LEVELS_HERE[-1]}" in text


def test_filters_are_enough_where_namespaces_are_forbidden(everybodys_python: Path) -> None:
    """In a container that forbids user namespaces, the unprivileged level is reached, and holds."""
    forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'

    status, text = doctor(everybodys_python, "unshare", "--user", "--map-root-user", "sh", "-c", forbid, "sh")

    assert status == 0, text
    assert "Walls around a submission: filtered" in text
    assert "sysctl -w user.max_user_namespaces" in text


def test_grading_is_refused_without_walls(tmp_path: Path) -> None:
    """Where there are none, `grader grade` says so in a sentence, and grades when it is told to all the same."""
    root = Path(__file__).parents[2]
    (tmp_path / "class" / "ada").mkdir(parents=True)
    command = [sys.executable, "-m", "grader", "grade", str(tmp_path / "class"), "--out", str(tmp_path / "out")]
    environment = {**os.environ, "GRADER_NO_FORK": "1"}

    refused = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    told = subprocess.run(
        [*command, "--unsafe-no-sandbox"], cwd=root, env=environment, capture_output=True, text=True, check=False
    )

    assert refused.returncode == 2
    assert "--unsafe-no-sandbox" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert told.returncode == 0, told.stderr
    assert '"walls":"none"' in (tmp_path / "out" / "results.json").read_text("utf-8")
