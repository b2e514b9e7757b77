"""Which exercise a test file belongs to, and what it is run against."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple


class Belongs(NamedTuple):
    """The exercise of a test file: the folder it is declared in, and the name of its module."""

    folder: Path
    module: str
    cpu_seconds: float

    @property
    def source(self) -> Path:
        """The student's file, or the stub that it began as."""
        return self.folder / f"{self.module}.py"


def exercise_of(path: Path) -> Belongs | None:
    """The exercise that the test file at `path` belongs to.

    That is the exercise in whose folder it lies, or the one whose name its folder bears under
    ``tests/hidden``.
    """
    folder = path.parent
    if not (folder / "exercise.toml").is_file():
        if folder.parent.name != "hidden" or folder.parent.parent.name != "tests":
            return None
        folder = folder.parents[2] / "exercises" / folder.name
        if not (folder / "exercise.toml").is_file():
            return None
    number, _, slug = folder.name.partition("_")
    if not number.isdigit() or not slug:
        return None
    limits = tomllib.loads((folder / "exercise.toml").read_text(encoding="utf-8-sig")).get("limits", {})
    return Belongs(folder, slug, float(limits.get("cpu_seconds", 2.0)))


def number_of(folder: str) -> str:
    """The number by which a student calls the exercise in `folder`: 4 for ``04_first_fetch``."""
    return folder.partition("_")[0].lstrip("0")
