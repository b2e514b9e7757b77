"""Results as exports read them: one student at a time, however large the class is."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

import msgspec

from grader.problems import Problem
from grader.records.results import FORMAT, ExerciseResult, StudentResult
from grader.rubric import total

#: The file that `grader grade` writes into the folder of its results.
RESULTS = "results.json"


class ExportError(Problem):
    """The results cannot be exported. The text is one sentence."""


class _Whole(msgspec.Struct):
    """`ClassResult` with its students still unread."""

    students: list[msgspec.Raw]
    format: str = ""


class Results:
    """The students of a grading, which may be gone through several times; of the file nothing else is kept.

    With `exercises`, folders, numbers or slugs, everything else that a student handed in is left out.
    """

    def __init__(self, place: Path, exercises: tuple[str, ...] = ()) -> None:
        """Open the results at `place`: the folder that `grader grade` wrote, or the file in it.

        Raises:
            ExportError: there are none.
        """
        self.path = place / RESULTS if place.is_dir() else place
        self._exercises: frozenset[str] = frozenset()
        try:
            with self.path.open("rb") as file:
                # Mapped, not read: the system takes back the pages of the students that have been gone through.
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            whole = msgspec.json.decode(content, type=_Whole)
        except FileNotFoundError as error:
            raise ExportError(f"{place} holds no {RESULTS}: name the folder that `grader grade` wrote.") from error
        except (ValueError, msgspec.MsgspecError) as error:
            raise ExportError(f"{self.path} holds no results of a grading: {error}.") from error
        if whole.format != FORMAT:
            raise ExportError(f"{self.path} has the format {whole.format!r}, this kit reads {FORMAT!r}: grade again.")
        self._students = whole.students
        self._exercises = self._named(exercises)

    def __len__(self) -> int:
        return len(self._students)

    def __iter__(self) -> Iterator[StudentResult]:
        decoder = msgspec.json.Decoder(StudentResult)
        for number, raw in enumerate(self._students, 1):
            try:
                student = decoder.decode(raw)
            except msgspec.MsgspecError as error:
                raise ExportError(f"{self.path}: the result of student {number} cannot be read: {error}.") from error
            yield self._chosen(student)

    def _named(self, wanted: tuple[str, ...]) -> frozenset[str]:
        """The exercises that are meant: by folder, number or slug."""
        there = {exercise.exercise for student in self for exercise in student.exercises} if wanted else set()
        found = set()
        for text in wanted:
            # `12`, `bounded_downloads`, and the whole name.
            fits = {name for name in there if text == name or text.zfill(2) in (name[:2], name[3:])}
            if not fits:
                raise ExportError(f"{self.path} holds no results of {text}.")
            found |= fits
        return frozenset(found)

    def _chosen(self, student: StudentResult) -> StudentResult:
        if not self._exercises:
            return student
        kept = tuple(exercise for exercise in student.exercises if exercise.exercise in self._exercises)
        return msgspec.structs.replace(student, exercises=kept)


def final(exercise: ExerciseResult) -> float | None:
    """The points that count, or None where the grader failed: its error is never a zero."""
    return None if exercise.has_grader_error else exercise.score


def final_total(student: StudentResult) -> float | None:
    """The student's points, or None where the grader failed in any exercise, or none was graded."""
    scores = [score for exercise in student.exercises if (score := final(exercise)) is not None]
    return total(scores) if scores and len(scores) == len(student.exercises) else None


def without_tests(student: StudentResult) -> StudentResult:
    """The student with the points alone, small enough to keep for a whole class.

    A grader error stays one, as a problem of its exercise.
    """
    return msgspec.structs.replace(student, exercises=tuple(map(_small, student.exercises)))


def _small(exercise: ExerciseResult) -> ExerciseResult:
    problem = exercise.problem or ("The grader failed." if exercise.has_grader_error else "")
    source = exercise.source_digest or ("unknown" if exercise.has_grader_error else "")
    return msgspec.structs.replace(exercise, tests=(), problem=problem, source_digest=source)
