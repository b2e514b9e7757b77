"""What a verdict depends on, as one address: the same source, suite, seed and engine are never judged twice."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec

from grader.catalog import Exercise

_PACKAGE = Path(__file__).parents[1]
#: What of the kit can change a verdict; how one is drawn or counted cannot.
_JUDGING = ("simulation", "boundary", "sandbox", "judge", "plugin.py", "rubric.py", "records/trace.py")
_LIBRARIES = ("aiohttp", "aioresponses", "msgspec", "pytest", "pytest-asyncio")


@cache
def engine_digest() -> str:
    """What tells one engine from another: the judging part of the kit, Python, and the libraries."""
    parts = [platform.python_version(), *(f"{name} {version(name)}" for name in _LIBRARIES)]
    files = (path for name in _JUDGING for path in _sources(_PACKAGE / name))
    return _digest([*(part.encode() for part in parts), *_contents(_PACKAGE, files)])


def suite_digest(exercise: Exercise) -> str:
    """What tells one state of a hidden suite from another, sealed or not."""
    if exercise.unsealed:
        return _digest(part for name in sorted(exercise.unsealed) for part in (name.encode(), exercise.unsealed[name]))
    return _digest(_contents(exercise.hidden_suite, _sources(exercise.hidden_suite)))


class Addresses:
    """Where the verdicts of one grading are kept: each address is a hash of all that a verdict follows from.

    `walls` change no score, but a report tells them.
    """

    def __init__(self, exercises: Iterable[Exercise], *, input_seed: int, walls: str) -> None:
        self._prefixes = {
            exercise.name: _digest(
                [
                    engine_digest().encode(),
                    suite_digest(exercise).encode(),
                    msgspec.json.encode((exercise.name, exercise.cpu_seconds, input_seed, walls)),
                ]
            )
            for exercise in exercises
        }

    def of(self, exercise: str, source: str) -> str:
        """The address of the verdict on the source with this digest, before the suite of this exercise."""
        return _digest([self._prefixes[exercise].encode(), source.encode()])


def _sources(path: Path) -> Iterable[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else (path,)


def _contents(root: Path, files: Iterable[Path]) -> Iterable[bytes]:
    for path in files:
        yield path.relative_to(root).as_posix().encode()
        yield path.read_bytes()


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        # Each with its length in front: two lists of parts never read alike.
        digest.update(f"{len(part)}:".encode() + part)
    return digest.hexdigest()
