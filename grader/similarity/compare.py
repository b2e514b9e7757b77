"""Compares what was handed in, one exercise at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.catalog import Exercise
from grader.classroom.sources import Kind
from grader.similarity.alike import Findings, find
from grader.similarity.gathering import gathered
from grader.similarity.words import Source, read


def compared(
    exercises: Sequence[Exercise],
    place: Path,
    *,
    ledger: str = "",
    kind: Kind | None = None,
    at_least: float = 0.6,
    most: int = 50,
) -> Iterator[Findings]:
    """What is alike in each exercise that somebody has handed in.

    Raises:
        Problem: what lies at `place` cannot be read, or compared.
    """
    with gathered(place, ledger=ledger, kind=kind) as found:
        for exercise in exercises:
            handed = list(found.of(exercise))
            if handed:
                stub = read(exercise.stub.read_bytes())
                yield find(exercise.name, handed, stub, _published(exercise), at_least=at_least, most=most)


def _published(exercise: Exercise) -> list[tuple[str, Source]]:
    """The solutions that anybody can read in the kit."""
    paths = [path for path in (exercise.solution, *exercise.alternatives) if path.is_file()]
    return [(exercise.shown(path), read(path.read_bytes())) for path in paths]
