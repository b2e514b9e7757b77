"""Which exercises a release holds, and whether each may be given out."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Sequence
from pathlib import Path

from grader.catalog import Course, Exercise
from grader.catalog.declaration import did_you_mean
from grader.release import repository
from grader.release.errors import ReleaseError


def select(course: Course, tracks: Sequence[str] = (), until: str | None = None) -> Course:
    """The course with the exercises of `tracks` only (all where none is named), up to the number of `until`.

    Raises:
        ReleaseError: a track does not exist, or no exercise is left.
        CatalogError: the exercise `until` does not exist.
    """
    known = [track.slug for track in course.tracks]
    for track in tracks:
        if track not in known:
            near = did_you_mean(track, known)
            raise ReleaseError(f"There is no track {track!r}{near}; the tracks are {', '.join(known)}.")
    last = course.find(until).number if until is not None else None
    exercises = tuple(
        exercise
        for exercise in course.exercises
        if (not tracks or exercise.track in tracks) and (last is None or exercise.number <= last)
    )
    if not exercises:
        raise ReleaseError("No exercise of the course is in this selection: name other tracks, or a later exercise.")
    used = {exercise.track for exercise in exercises}
    return dataclasses.replace(
        course, exercises=exercises, tracks=tuple(track for track in course.tracks if track.slug in used)
    )


def given(exercise: Exercise) -> tuple[Path, ...]:
    """The files of an exercise that students get."""
    names = ("README.md", "README.zh-CN.md", "exercise.toml", exercise.stub.name, exercise.examples.name)
    return tuple(path for name in names if (path := exercise.folder / name).is_file())


def refuse_unfit(course: Course) -> None:
    """Make sure that each file to be given out is there and as it was committed, and that no stub is solved.

    Raises:
        ReleaseError: one is not.
    """
    changed = repository.changed(course.root, "exercises")
    for exercise in course.exercises:
        for missing in exercise.check_layout():
            # Files that do not belong there stay behind; `grader verify` names them.
            if missing.endswith(" is missing."):
                raise ReleaseError(missing)
        for path in given(exercise):
            if (shown := exercise.shown(path)) in changed:
                raise ReleaseError(
                    f"{shown} is not as it was committed: commit it, or put it back with `git restore {shown}`."
                )
        _refuse_solved(exercise)


def _refuse_solved(exercise: Exercise) -> None:
    """A stub says what is to be done and is none of the files in `solutions/`, mistakes included."""
    shown = exercise.shown(exercise.stub)
    if not exercise.solution.is_file():
        where = exercise.shown(exercise.solution)
        raise ReleaseError(f"{where} is missing, so nothing shows that {shown} does not hold the solution.")
    code = _code(exercise, exercise.stub)
    for path in sorted(exercise.solutions.rglob("*.py")):
        if _code(exercise, path) == code:
            raise ReleaseError(f"{shown} is {exercise.shown(path)}, not the stub: put the stub back.")
    if b"TODO" not in exercise.stub.read_bytes():
        raise ReleaseError(f"{shown} has no TODO: put the stub back.")


def _code(exercise: Exercise, path: Path) -> str:
    """What a file does: its code without layout, comments and docstrings."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise ReleaseError(f"{exercise.shown(path)} cannot be parsed ({error}).") from error
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:]
    return ast.dump(tree)
