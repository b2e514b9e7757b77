"""How far a student has come: one small file in the course's folder."""

from __future__ import annotations

import hashlib
from enum import Enum
from pathlib import Path

import msgspec

from grader.atomic import replacing
from grader.catalog import CatalogError, Course, Exercise
from grader.messages import tr

FILE_NAME = ".grader-progress.json"
FORMAT = "async-exercise-kit/progress/1"


class State(Enum):
    """Where an exercise stands."""

    UNTOUCHED = "untouched"
    BEGUN = "begun"
    DONE = "done"


class Standing(msgspec.Struct, forbid_unknown_fields=True):
    """What is remembered of one exercise.

    `digest` is of the file that was checked last, and `done` says whether all its examples passed then.
    """

    done: bool = False
    passed: int = 0
    tests: int = 0
    digest: str = ""
    hints: int = 0


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    exercises: dict[str, Standing]


class Progress:
    """The standings of a course, read from its file, and written back after each change."""

    def __init__(self, root: Path, standings: dict[str, Standing]) -> None:
        self._root = root
        self._path = root / FILE_NAME
        self._standings = standings

    @classmethod
    def load(cls, root: Path) -> Progress:
        """Read the file, if there is one.

        Raises:
            CatalogError: the file is there and cannot be read.
        """
        path = root / FILE_NAME
        try:
            said = msgspec.json.decode(path.read_bytes(), type=_File)
        except FileNotFoundError:
            return cls(root, {})
        except (OSError, msgspec.MsgspecError) as error:
            raise CatalogError(
                tr(
                    "{file} cannot be read ({error}): delete it, and `grader check --all` writes it anew.",
                    file=FILE_NAME,
                    error=error,
                )
            ) from error
        return cls(root, said.exercises)

    def of(self, exercise: Exercise) -> Standing:
        """What is known of one exercise."""
        return self._standings.get(exercise.name, Standing())

    def state(self, exercise: Exercise) -> State:
        """Done, begun, or untouched. What was changed since it was done is begun again."""
        standing = self.of(exercise)
        if not standing.digest:
            return State.UNTOUCHED
        return State.DONE if standing.done and standing.digest == digest_of(exercise) else State.BEGUN

    def next(self, course: Course, after: Exercise | None = None) -> Exercise | None:
        """The first exercise that is not done, looking from `after` on, then from the beginning."""
        exercises = list(course.exercises)
        start = exercises.index(after) + 1 if after in exercises else 0
        in_turn = [*exercises[start:], *exercises[:start]]
        return next((exercise for exercise in in_turn if self.state(exercise) is not State.DONE), None)

    def checked(self, exercise: Exercise, source: bytes, passed: int, tests: int) -> None:
        """Remember how a check of `source` went."""
        self._read_again()
        standing = self._standings.setdefault(exercise.name, Standing())
        standing.done, standing.passed, standing.tests = passed == tests > 0, passed, tests
        standing.digest = digest(source)
        self._write()

    def hinted(self, exercise: Exercise) -> int:
        """One hint more has been shown; return how many that makes."""
        self._read_again()
        standing = self._standings.setdefault(exercise.name, Standing())
        standing.hints = min(standing.hints + 1, len(exercise.hints))
        self._write()
        return standing.hints

    def _read_again(self) -> None:
        """What another terminal has written meanwhile is not lost: `grader watch` may be open for days."""
        self._standings = Progress.load(self._root)._standings

    def _write(self) -> None:
        said = msgspec.json.format(msgspec.json.encode(_File(FORMAT, dict(sorted(self._standings.items())))))
        with replacing(self._path) as file:
            file.write(said + b"\n")


def digest(source: bytes) -> str:
    """What tells one version of a file from another."""
    return hashlib.sha256(source).hexdigest()


def digest_of(exercise: Exercise) -> str:
    """The digest of the student's file as it is now; empty where it is missing."""
    try:
        return digest(exercise.stub.read_bytes())
    except OSError:
        return ""
