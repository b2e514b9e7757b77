"""Makes a class: students who hand in right, half-right, wrong and hostile work for every exercise of the course."""

from __future__ import annotations

import functools
import random
from pathlib import Path

from grader.catalog import Course, Exercise

HOSTILE = Path(__file__).parents[1] / "hostile" / "submissions"
#: Of a hundred submissions: the solution, another right way, a usual mistake, the stub, an attack; the rest is missing.
SOLUTIONS, ALTERNATIVES, MISTAKES, STUBS, ATTACKS = 35, 20, 34, 5, 1


def make_class(course: Course, folder: Path, students: int, *, exercises: int = 99, distinct: bool = True) -> int:
    """Write a folder for each student; return how many files that makes.

    Where they are `distinct`, no file is the same as another, as in life: a comment with the student's name is enough.
    """
    draw = random.Random(2026)
    files = 0
    for number in range(students):
        student = f"student_{number:04}"
        (folder / student).mkdir(parents=True)
        for exercise in course.exercises[:exercises]:
            source = _source(exercise, draw)
            if source is not None:
                signed = f"{source}\n# Handed in by {student}.\n" if distinct else source
                (folder / student / exercise.stub.name).write_text(signed, "utf-8")
                files += 1
    return files


def _source(exercise: Exercise, draw: random.Random) -> str | None:
    kinds = _kinds(exercise)
    weights = [weight for weight, _ in kinds.values()]
    texts = kinds[draw.choices(list(kinds), weights)[0]][1]
    return draw.choice(texts) if texts else None


@functools.cache
def _kinds(exercise: Exercise) -> dict[str, tuple[int, list[str]]]:
    """By kind, how many of a hundred are of it, and the files that they are drawn from."""
    kinds: dict[str, tuple[int, list[Path]]] = {
        "solution": (SOLUTIONS, [exercise.solution]),
        "alternative": (ALTERNATIVES, list(exercise.alternatives)),
        "mistake": (MISTAKES, [mistake.path for mistake in exercise.mistakes]),
        "stub": (STUBS, [exercise.stub]),
        "attack": (ATTACKS, sorted(HOSTILE.glob("*.py"))),
        "missing": (100 - SOLUTIONS - ALTERNATIVES - MISTAKES - STUBS - ATTACKS, []),
    }
    return {kind: (weight, [path.read_text("utf-8") for path in paths]) for kind, (weight, paths) in kinds.items()}
