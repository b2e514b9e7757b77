"""What students handed in: one folder for each, read as files that may hold anything."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.catalog import Exercise

MAX_BYTES = 256 * 1024

# How far a misplaced file is searched for; a student may hand in any number of files.
_SEARCHED_DEPTH = 3
_SEARCHED_ENTRIES = 2000


class SubmissionsError(Exception):
    """The folder of submissions cannot be graded. The text is one sentence."""


@dataclass(frozen=True)
class Submission:
    """One student's file for one exercise, or the sentence that says why there is none."""

    source: bytes | None = None
    problem: str = ""


@dataclass(frozen=True)
class Student:
    """One student's folder. `name` is the folder's name, made printable."""

    name: str
    folder: Path

    def read(self, exercise: Exercise) -> Submission:
        """This student's submission to one exercise."""
        if self.folder.is_symlink():
            return Submission(problem="The student's folder is a symbolic link; links are not followed.")
        handed_in: dict[str, bytes] = {}
        for place in places(exercise):
            try:
                handed_in[place] = read_source(self.folder, place)
            except FileNotFoundError:
                continue
            except _RefusedError as refusal:
                return Submission(problem=str(refusal))
            except OSError as error:
                return Submission(problem=f"{place} cannot be read: {error.strerror}.")
        if not handed_in:
            return Submission(problem=_not_found(self.folder, exercise))
        if len(set(handed_in.values())) > 1:
            return Submission(problem=f"{' and '.join(handed_in)} differ; hand in one of them.")
        return Submission(next(iter(handed_in.values())))


def students(folder: Path) -> tuple[Student, ...]:
    """The students of a folder of submissions, sorted by name."""
    if not folder.is_dir():
        raise SubmissionsError(f"{folder} is not a folder of submissions.")
    found = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))]
    if not found:
        raise SubmissionsError(f"{folder} holds no submissions: it needs one folder for each student.")
    return tuple(sorted((Student(_printable(path.name), path) for path in found), key=lambda one: one.name))


def places(exercise: Exercise) -> tuple[str, ...]:
    """Where an exercise's file may lie in a student's folder."""
    file = exercise.stub.name
    return file, f"{exercise.name}/{file}", f"exercises/{exercise.name}/{file}"


def read_source(folder: Path, place: str) -> bytes:
    """Read `place` in `folder` without following links or trusting sizes.

    Raises `FileNotFoundError` where nothing lies there, and a one-sentence refusal where something
    does that is no source file.
    """
    path = folder
    for part in Path(place).parts:
        path = path / part
        if path.is_symlink():
            raise _RefusedError(f"{_shown(path, folder)} is a symbolic link; hand in the file itself.")
    # Opening a pipe would wait for ever without O_NONBLOCK. Windows has neither links here nor the flags.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except NotADirectoryError as error:
        raise FileNotFoundError(place) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _RefusedError(f"{place} is not a regular file.")
    with open(descriptor, "rb") as file:
        source = file.read(MAX_BYTES + 1)
    if len(source) > MAX_BYTES:
        raise _RefusedError(f"{place} is larger than {MAX_BYTES // 1024} KiB.")
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise _RefusedError(f"{place} is not UTF-8 text (line {line}).") from error
    return source


class _RefusedError(Exception):
    """A file that will not be judged."""


def _not_found(folder: Path, exercise: Exercise) -> str:
    looked_for = places(exercise)
    either = f"{', '.join(looked_for[:-1])} or {looked_for[-1]}"
    for path in _files(folder):
        shown = _shown(path, folder)
        if path.name == exercise.stub.name:
            return f"Found {shown}, which is not where it is looked for: move it to {either}."
        if _alike(path.name) == exercise.stub.name:
            right = _shown(path.with_name(exercise.stub.name), folder)
            move = "" if right in looked_for else f" and moved to {exercise.stub.name}"
            return f"Found {shown}, which must be named {exercise.stub.name}{move}."
    return f"No file was handed in: looked for {either}."


def _alike(name: str) -> str:
    """`Bounded-Downloads (1).PY` -> `bounded_downloads.py`"""
    stem, dot, suffix = name.lower().rpartition(".")
    stem = re.sub(r"\s*\(\d+\)$", "", stem)
    return re.sub(r"[^a-z0-9]+", "_", stem) + dot + suffix


def _files(folder: Path) -> Iterator[Path]:
    """Files below a student's folder in a fixed order, as far as it is worth looking."""
    left = _SEARCHED_ENTRIES
    for home, folders, names in os.walk(folder):
        depth = len(Path(home).relative_to(folder).parts)
        folders[:] = sorted(folders) if depth < _SEARCHED_DEPTH else []
        for name in sorted(names)[:left]:
            yield Path(home, name)
        left -= len(names) + 1
        if left <= 0:
            return


def _shown(path: Path, folder: Path) -> str:
    return _printable(path.relative_to(folder).as_posix())


def _printable(name: str) -> str:
    """A file name may hold line ends, terminal codes, and bytes that are no text."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in name
    )
