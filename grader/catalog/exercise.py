"""One exercise: its files in `exercises/`, `solutions/` and `tests/hidden/`."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.catalog.declaration import (
    CatalogError,
    ExerciseDeclaration,
    Grading,
    did_you_mean,
    read_declaration,
)
from grader.records.results import DIMENSIONS, Dimension

FOLDER_NAME = re.compile(r"(?P<number>\d\d)_(?P<slug>[a-z][a-z0-9_]*)")


@dataclass(frozen=True)
class Mistake:
    """A wrong way to solve an exercise, and the dimension whose tests must catch it."""

    path: Path
    dimension: Dimension
    what: str


@dataclass(frozen=True)
class Exercise:
    """One exercise. `root` is the course's root; all paths follow from it and the folder's name.

    `unsealed` holds the files of a hidden suite that was sealed, by their names: they are in memory only.
    """

    root: Path
    number: str
    slug: str
    title: str
    title_zh: str
    track: str
    points: float
    topics: tuple[str, ...]
    hints: tuple[str, ...]
    hints_zh: tuple[str, ...]
    cpu_seconds: float
    unsealed: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The folder's name, such as `12_bounded_downloads`."""
        return f"{self.number}_{self.slug}"

    @property
    def folder(self) -> Path:
        return self.root / "exercises" / self.name

    @property
    def stub(self) -> Path:
        """The file that a student edits and hands in."""
        return self.folder / f"{self.slug}.py"

    @property
    def examples(self) -> Path:
        """The visible tests."""
        return self.folder / f"test_{self.slug}.py"

    @property
    def hidden_suite(self) -> Path:
        """The folder of the tests that score; where they are sealed, the one in which they would lie."""
        return self.root / "tests" / "hidden" / self.name

    @property
    def has_suite(self) -> bool:
        """Whether there are tests that score."""
        return bool(self.unsealed) or self.hidden_suite.is_dir()

    @property
    def solutions(self) -> Path:
        return self.root / "solutions" / self.name

    @property
    def solution(self) -> Path:
        """The reference solution."""
        return self.solutions / f"{self.slug}.py"

    @property
    def alternatives(self) -> tuple[Path, ...]:
        """Other right ways, sorted by name."""
        return tuple(sorted(self.solutions.glob("alternatives/*.py")))

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """Wrong ways, sorted by file name. Reads the files."""
        return tuple(read_mistake(path, self.shown(path)) for path in sorted(self.solutions.glob("mistakes/*.py")))

    def shown(self, path: Path) -> str:
        """The path as messages name it: from the course's root, with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def check_layout(self) -> tuple[str, ...]:
        """A sentence for each file that the folder lacks or should not hold."""
        required = {"README.md", "exercise.toml", self.stub.name, self.examples.name}
        found = {path.name for path in visible(self.folder)}
        where = self.shown(self.folder)
        missing = [f"{where}/{name} is missing." for name in sorted(required - found)]
        strays = sorted(found - required - {"README.zh-CN.md"})
        return (*missing, *(f"{where}/{name} does not belong in an exercise's folder." for name in strays))


def visible(folder: Path) -> list[Path]:
    """What a folder holds, sorted, without what tools leave behind."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.name != "__pycache__")


def read_exercise(root: Path, folder: Path, grading: Grading, tracks: tuple[str, ...]) -> Exercise:
    """The exercise in `folder`, whose name fits `FOLDER_NAME`."""
    name = FOLDER_NAME.fullmatch(folder.name)
    if name is None:
        raise CatalogError(f"exercises/{folder.name}: an exercise's folder is named like '12_some_name'.")
    path = folder / "exercise.toml"
    shown = path.relative_to(root).as_posix()
    said = read_declaration(path, ExerciseDeclaration, shown)
    if said.track not in tracks:
        raise CatalogError(f"{shown}: unknown track {said.track!r}{did_you_mean(said.track, tracks)}")
    if said.hints_zh and len(said.hints_zh) != len(said.hints):
        raise CatalogError(f"{shown}: 'hints_zh' must translate each of the {len(said.hints)} 'hints'.")
    return Exercise(
        root=root,
        number=name["number"],
        slug=name["slug"],
        title=said.title,
        title_zh=said.title_zh,
        track=said.track,
        points=said.points,
        topics=said.topics,
        hints=said.hints,
        hints_zh=said.hints_zh,
        cpu_seconds=grading.cpu_seconds if said.limits.cpu_seconds is None else said.limits.cpu_seconds,
    )


def read_mistake(path: Path, shown: str) -> Mistake:
    """Read what a mistake file's docstring says: `concurrency: ignores the limit.`"""
    try:
        docstring = ast.get_docstring(ast.parse(path.read_bytes(), filename=shown)) or ""
    except (OSError, SyntaxError, ValueError) as error:
        raise CatalogError(f"{shown}: cannot be parsed ({error}).") from error
    first_line = docstring.partition("\n")[0].strip()
    named, _, what = first_line.partition(":")
    dimension = next((known for known in DIMENSIONS if known == named.strip()), None)
    if dimension is None or not what.strip():
        raise CatalogError(
            f"{shown}: the docstring's first line must read 'DIMENSION: what is wrong.' with "
            f"{', '.join(DIMENSIONS[:-1])} or {DIMENSIONS[-1]} as DIMENSION, not {first_line!r}."
        )
    return Mistake(path, dimension, what.strip())
