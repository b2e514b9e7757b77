"""Hidden suites as one sealed file, and the course that is made of it, whose suites are in memory only."""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from grader.catalog import Course, Exercise
from grader.catalog.course import DECLARATION
from grader.classroom.seal import Key, SealError, seal, unseal

_HIDDEN = re.compile(r"tests/hidden/(\w+)/(test_\w+\.py)")
_OPEN = re.compile(r"exercises/(?:course\.toml|\d\d_\w+/\w+\.(?:toml|py))")


class _Bundle(msgspec.Struct, frozen=True):
    """The files of a course by their places: `hidden` ones, and those that students have too."""

    hidden: dict[str, bytes]
    known: dict[str, bytes]


def seal_suites(course: Course, exercises: Sequence[Exercise], key: Key) -> bytes:
    """The hidden suites of `exercises`, and what is needed beside them to grade: declarations, stubs, examples.

    Raises:
        SealError: a suite cannot be sealed.
    """
    hidden, known = course_files(course, exercises)
    return seal("suites", msgspec.msgpack.encode(_Bundle(hidden, known)), key)


def course_files(course: Course, exercises: Sequence[Exercise]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """What is needed to grade `exercises`, by its places in the course: hidden suites, and what students have too.

    Raises:
        SealError: a suite is missing, or holds other files than tests.
    """
    hidden: dict[str, bytes] = {}
    known = {DECLARATION.as_posix(): (course.root / DECLARATION).read_bytes()}
    for exercise in course.exercises:
        # The declaration of the course may name any of them.
        path = exercise.folder / "exercise.toml"
        known[exercise.shown(path)] = path.read_bytes()
    for exercise in exercises:
        for path in (exercise.stub, exercise.examples):
            known[exercise.shown(path)] = path.read_bytes()
        for path in _suite(exercise):
            hidden[exercise.shown(path)] = path.read_bytes()
    return hidden, known


@contextmanager
def unsealed(sealed: bytes, key: Key, shown: str) -> Iterator[Course]:
    """The course in a sealed file. Only what students have too is written, into a temporary folder.

    Raises:
        SealError: it cannot be opened.
    """
    try:
        bundle = msgspec.msgpack.decode(unseal("suites", sealed, key, shown), type=_Bundle)
    except msgspec.MsgspecError as error:
        raise SealError(f"{shown} holds no suites that this kit can read: seal them again.") from error
    if not all(map(_OPEN.fullmatch, bundle.known)) or not all(map(_HIDDEN.fullmatch, bundle.hidden)):
        raise SealError(f"{shown} holds files that are no part of a suite: seal the suites again.")
    suites: dict[str, dict[str, bytes]] = {}
    for place, contents in bundle.hidden.items():
        _, _, exercise, name = place.split("/")
        suites.setdefault(exercise, {})[name] = contents
    with tempfile.TemporaryDirectory(prefix="grader-") as home:
        # Not by way of a link: pytest tells paths apart by their text.
        root = Path(home).resolve()
        for place, contents in bundle.known.items():
            path = root / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents)
        course = Course.load(root)
        exercises = [dataclasses.replace(one, unsealed=suites.get(one.name, {})) for one in course.exercises]
        yield dataclasses.replace(course, exercises=tuple(exercises))


def _suite(exercise: Exercise) -> list[Path]:
    """The files of a suite, each of which is collected by itself."""
    if not exercise.hidden_suite.is_dir():
        raise SealError(f"{exercise.shown(exercise.hidden_suite)} is missing.")
    paths = sorted(
        path for path in exercise.hidden_suite.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
    for path in paths:
        if not _HIDDEN.fullmatch(exercise.shown(path)):
            raise SealError(
                f"{exercise.shown(path)} cannot be sealed: a sealed suite holds files named test_*.py only."
            )
    if not paths:
        raise SealError(f"{exercise.shown(exercise.hidden_suite)} holds no test file.")
    return paths
