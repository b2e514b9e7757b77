"""Writes a release: the course's files for students, the grader, and what their tools need."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from grader.catalog import Course
from grader.catalog.course import DECLARATION
from grader.release import repository
from grader.release.errors import ReleaseError
from grader.release.selection import given, refuse_unfit
from grader.reports.course_map import course_map

#: Libraries for grading a class, which no student does.
_INSTRUCTORS = ("sqlalchemy",)

DISTRIBUTION = "async-exercise-kit"
#: Where each template goes. No template has the name of what it becomes: a tool would heed it where it lies here.
PLACES = {
    "course.toml.j2": DECLARATION.as_posix(),
    "pyproject.toml.j2": "pyproject.toml",
    "README.md.j2": "README.md",
    "README.zh-CN.md.j2": "README.zh-CN.md",
    "gitignore.j2": ".gitignore",
    "workflow.yml.j2": ".github/workflows/check.yml",
    "devcontainer.json.j2": ".devcontainer/devcontainer.json",
    "settings.json.j2": ".vscode/settings.json",
    "extensions.json.j2": ".vscode/extensions.json",
}


def release(course: Course, destination: Path, *, with_git: bool = True) -> None:
    """Make the students' repository of `course` in `destination`, a folder that is new or empty.

    Raises:
        ReleaseError: it cannot be made; the destination is as it was.
    """
    if with_git and not repository.available():
        raise ReleaseError("git is not installed: install it, or give --no-git to make the folder alone.")
    refuse_unfit(course)
    installed = kit()
    with aside(destination) as folder:
        for place, content in _contents(course, installed).items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if with_git:
            repository.commit_all(folder, course.title)


def kit() -> Distribution:
    """The installed kit.

    Raises:
        ReleaseError: it is not installed.
    """
    try:
        return distribution(DISTRIBUTION)
    except PackageNotFoundError as error:
        raise ReleaseError(f"{DISTRIBUTION} is not installed: install it with pip, then release again.") from error


def _contents(course: Course, installed: Distribution) -> Mapping[str, bytes]:
    """Each file of a release by its place."""
    contents = {f"grader/{place}": source.read_bytes() for place, source in package(files("grader"))}
    # The catalogues in which the sentences of the examples are translated, where there are any.
    locale = course.root / "exercises" / "locale"
    for path in sorted(path for path in locale.rglob("*") if path.is_file()):
        contents[path.relative_to(course.root).as_posix()] = path.read_bytes()
    for exercise in course.exercises:
        contents |= {exercise.shown(path): path.read_bytes() for path in given(exercise)}
    for language, name in (("en", "README.md"), ("zh-CN", "README.zh-CN.md")):
        contents[f"exercises/{name}"] = course_map(course, language).encode()
    licence = installed.read_text("licenses/LICENSE")
    if licence is None:
        raise ReleaseError(f"The installed {DISTRIBUTION} lacks its licence: install it anew with pip.")
    contents["LICENSE"] = licence.encode()
    templates = environment()
    for template, place in PLACES.items():
        text = templates.get_template(template).render(
            course=course, kit=installed.metadata, requirements=_requirements(installed), first=course.exercises[0]
        )
        contents[place] = text.encode()
    return contents


def package(folder: Traversable, home: str = "") -> Iterator[tuple[str, Traversable]]:
    """The files of the package, wherever it is installed, without what Python and editors leave there."""
    for each in folder.iterdir():
        if each.name.startswith((".", "__pycache__")) or each.name.endswith((".pyc", "~")):
            continue
        if each.is_dir():
            yield from package(each, f"{home}{each.name}/")
        else:
            yield f"{home}{each.name}", each


def _requirements(installed: Distribution) -> tuple[str, ...]:
    """What the kit needs to run, without what its authors and instructors need beside that."""
    lines = (line for line in installed.requires or () if "extra ==" not in line)
    return tuple(sorted(line for line in lines if not line.lower().startswith(_INSTRUCTORS)))


def environment(folder: str = "template", marks: tuple[str, str] = ("{{", "}}")) -> Environment:
    """The templates in a folder of this package; `marks` stand around what is filled in."""
    made = Environment(
        loader=PackageLoader("grader.release", folder),
        undefined=StrictUndefined,
        variable_start_string=marks[0],
        variable_end_string=marks[1],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # no page of the web is made here
    )
    # TOML's strings are JSON's.
    made.filters["quoted"] = lambda text: json.dumps(text, ensure_ascii=False)
    return made


@contextmanager
def aside(destination: Path) -> Iterator[Path]:
    """A folder whose content is moved to `destination` when it is whole."""
    existed = destination.exists()
    if existed and not destination.is_dir():
        raise ReleaseError(f"{destination} is not a folder.")
    if existed and any(destination.iterdir()):
        raise ReleaseError(f"{destination} is not empty: a release is made in a new or empty folder.")
    unfinished = destination / f".{os.getpid()}.unfinished"
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
        for path in sorted(unfinished.iterdir()):
            os.replace(path, destination / path.name)
        unfinished.rmdir()
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not existed and destination.is_dir() and not any(destination.iterdir()):
            destination.rmdir()
        raise
