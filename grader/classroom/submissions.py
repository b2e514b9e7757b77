"""What students handed in: one folder for each, read as files that may hold anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.catalog import Exercise
from grader.classroom.folders import MAX_BYTES, RefusedError, files, printable, read_source

# How far a misplaced file is searched for; a student may hand in any number of files.
_SEARCHED_DEPTH = 3
_SEARCHED_ENTRIES = 2000


class SubmissionsError(Exception):
    """The folder of submissions cannot be graded. The text is one sentence."""


@dataclass(frozen=True)
class Submission:
    """One student's file for one exercise, or the sentence that says why there is none.

    `absent` is true where nothing was found, not even a file that may have been meant.
    """

    source: bytes | None = None
    problem: str = ""
    absent: bool = False


@dataclass(frozen=True)
class Student:
    """One student's folder. `name` is the folder's name, made printable."""

    name: str
    folder: Path

    def read(self, exercise: Exercise) -> Submission:
        """This student's submission to one exercise."""
        handed_in: dict[str, bytes] = {}
        for place in places(exercise):
            try:
                handed_in[place] = read_source(self.folder, place)
            except FileNotFoundError:
                continue
            except RefusedError as refusal:
                return Submission(problem=str(refusal))
            except OSError as error:
                return Submission(problem=f"{place} cannot be read: {error.strerror or 'unknown error'}.")
        if not handed_in:
            return _not_found(self.folder, exercise)
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
    return tuple(sorted((Student(printable(path.name), path) for path in found), key=lambda one: one.name))


def places(exercise: Exercise) -> tuple[str, ...]:
    """Where an exercise's file may lie in a student's folder."""
    file = exercise.stub.name
    return file, f"{exercise.name}/{file}", f"exercises/{exercise.name}/{file}"


def _not_found(folder: Path, exercise: Exercise) -> Submission:
    looked_for = places(exercise)
    either = f"{', '.join(looked_for[:-1])} or {looked_for[-1]}"
    for place in files(folder, deepest=_SEARCHED_DEPTH, most=_SEARCHED_ENTRIES):
        path, shown = PurePosixPath(place), printable(place)
        if path.name == exercise.stub.name:
            return Submission(problem=f"Found {shown}, which is not where it is looked for: move it to {either}.")
        if _alike(path.name) == exercise.stub.name:
            right = path.with_name(exercise.stub.name).as_posix()
            move = "" if right in looked_for else f" and moved to {exercise.stub.name}"
            return Submission(problem=f"Found {shown}, which must be named {exercise.stub.name}{move}.")
    return Submission(problem=f"No file was handed in: looked for {either}.", absent=True)


def _alike(name: str) -> str:
    """`Bounded-Downloads (1).PY` -> `bounded_downloads.py`"""
    stem, dot, suffix = name.lower().rpartition(".")
    stem = re.sub(r"\s*\(\d+\)$", "", stem)
    return re.sub(r"[^a-z0-9]+", "_", stem) + dot + suffix


__all__ = ["MAX_BYTES", "Student", "Submission", "SubmissionsError", "places", "students"]
