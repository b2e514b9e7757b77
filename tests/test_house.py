"""The house is in order: lint, format and types, as a test like any other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "--quiet", "."],
        ["ruff", "format", "--quiet", "--check", "grader", "tests"],
        ["mypy"],
    ],
    ids=" ".join,
)
def test_the_source_satisfies_its_tools(command: list[str]) -> None:
    """Ruff and mypy have nothing to say."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_names_the_machine_it_was_written_on() -> None:
    """No file of the project holds a path of this user's home or of this checkout."""
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    telltales = [f"{place}/" for place in (Path.home(), ROOT) if len(place.parts) > 1]
    found = [
        name
        for name in files
        if (path := ROOT / name).is_file() and any(word in path.read_text("utf-8", "replace") for word in telltales)
    ]

    assert found == []
