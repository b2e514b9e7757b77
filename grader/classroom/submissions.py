"""What students hand in: who, what, and when. Where it lies is a matter of the sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Protocol

from grader.catalog import Exercise
from grader.classroom.folders import RefusedError, SpoiltError, printable
from grader.problems import Problem


class SubmissionsError(Problem):
    """The submissions cannot be graded. The text is one sentence."""


class Files(Protocol):
    """Files at places such as `12_bounded_downloads/bounded_downloads.py`, each of which may be anything."""

    def read(self, place: str) -> bytes:
        """The source at a place.

        Raises:
            FileNotFoundError: nothing lies there.
            RefusedError: what lies there is no source file.
        """
        ...

    def places(self) -> Iterator[str]:
        """Where files lie, in a fixed order, as far as it is worth looking."""
        ...


@dataclass(frozen=True)
class Submission:
    """One student's file for one exercise, or the sentence that says why there is none.

    `absent` is true where nothing was found, not even a file that may have been meant. `handed_in` has a time
    zone, and is None where the source does not know it; `remark` is what it knows instead, in one sentence.
    """

    source: bytes | None = None
    problem: str = ""
    absent: bool = False
    handed_in: datetime | None = None
    attempt: int | None = None
    remark: str = ""


@dataclass(frozen=True)
class Part:
    """Files that a student handed in together. `label` is where they lie, as it is shown before each place."""

    files: Files
    handed_in: datetime | None = None
    attempt: int | None = None
    remark: str = ""
    label: str = ""


@dataclass(frozen=True)
class Student:
    """Everything of one student. `name` is printable; `ident` is the number by which a course system knows them."""

    name: str
    parts: tuple[Part, ...]
    ident: str = ""

    def read(self, exercise: Exercise) -> Submission:
        """This student's submission to one exercise."""
        found: list[tuple[str, Submission]] = []
        for part in self.parts:
            for place in places(exercise):
                shown = f"{part.label}{place}"
                try:
                    source = part.files.read(place)
                except FileNotFoundError:
                    continue
                except SpoiltError as refusal:
                    return Submission(problem=str(refusal), absent=True)
                except RefusedError as refusal:
                    return Submission(problem=f"{part.label}{refusal}")
                except OSError as error:
                    return Submission(problem=f"{shown} cannot be read: {error.strerror or 'unknown error'}.")
                when = Submission(source, handed_in=part.handed_in, attempt=part.attempt, remark=part.remark)
                found.append((shown, when))
        return _the_one(found) if found else _not_found(self.parts, exercise)


def places(exercise: Exercise) -> tuple[str, ...]:
    """Where an exercise's file may lie among a student's files."""
    file = exercise.stub.name
    return file, f"{exercise.name}/{file}", f"exercises/{exercise.name}/{file}"


def _the_one(found: list[tuple[str, Submission]]) -> Submission:
    """What was found, unless it differs; the same source handed in several times counts from the first time."""
    if len({submission.source for _, submission in found}) > 1:
        names = list(dict.fromkeys(shown for shown, _ in found))
        differ = " and ".join(names) if len(names) > 1 else f"{len(found)} files named {names[0]}"
        return Submission(problem=f"{differ} differ; hand in one of them.")
    first = found[0][1]
    times = [submission.handed_in for _, submission in found if submission.handed_in is not None]
    return replace(first, handed_in=min(times)) if len(times) == len(found) else first


def _not_found(parts: tuple[Part, ...], exercise: Exercise) -> Submission:
    looked_for = places(exercise)
    either = f"{', '.join(looked_for[:-1])} or {looked_for[-1]}"
    for part in parts:
        for place in part.files.places():
            path, shown = PurePosixPath(place), f"{part.label}{printable(place)}"
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
