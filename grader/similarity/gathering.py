"""Where the sources to compare come from: the ledger of a grading, or submissions themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from grader.catalog import Exercise
from grader.classroom.entries import digest_of
from grader.classroom.ledger import LEDGER, Ledger
from grader.classroom.sources import Kind
from grader.classroom.sources import Source as Submissions
from grader.classroom.submissions import Student
from grader.exports.reading import RESULTS
from grader.similarity.alike import Handed, SimilarityError
from grader.similarity.words import read


class Gathered(Protocol):
    """Gives what was handed in for one exercise at a time, each source once."""

    def of(self, exercise: Exercise) -> Iterator[Handed]: ...


@contextmanager
def gathered(place: Path, *, ledger: str = "", kind: Kind | None = None) -> Iterator[Gathered]:
    """What lies at `place`: results with their ledger, or submissions.

    Raises:
        SimilarityError: the results' ledger is not where it is looked for.
        LedgerError: it cannot be read.
        SubmissionsError: there are no submissions.
    """
    if ledger and "://" not in ledger and not Path(ledger).is_file():
        # Opening it would make a new one.
        raise SimilarityError(f"There is no ledger at {ledger}.")
    with ExitStack() as held:
        if ledger or (place / LEDGER).is_file():
            yield _OfLedger(held.enter_context(Ledger(ledger or place / LEDGER)))
        elif (place / RESULTS).is_file():
            raise SimilarityError(f"{place} holds no {LEDGER}: name the ledger of this grading with --ledger.")
        else:
            yield _OfStudents(held.enter_context(Submissions(place, kind).students()))


class _OfLedger:
    """The newest attempts in a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        #: By exercise and digest, who handed it in.
        self._students: dict[str, dict[str, list[str]]] = {}
        for student in ledger.students():
            for entry in ledger.entries(student).values():
                if entry.source is not None:
                    by_source = self._students.setdefault(entry.exercise, {})
                    by_source.setdefault(entry.source, []).append(student)

    def of(self, exercise: Exercise) -> Iterator[Handed]:
        for digest, students in self._students.get(exercise.name, {}).items():
            yield Handed(read(self._ledger.content(digest)), tuple(students))


class _OfStudents:
    """What lies in a source of submissions."""

    def __init__(self, students: Sequence[Student]) -> None:
        self._students = students

    def of(self, exercise: Exercise) -> Iterator[Handed]:
        sources: dict[str, bytes] = {}
        students: dict[str, list[str]] = {}
        for student in self._students:
            content = student.read(exercise).source
            if content is not None:
                sources[digest := digest_of(content)] = content
                students.setdefault(digest, []).append(student.name)
        yield from _handed(sources, students)


def _handed(sources: Mapping[str, bytes], students: Mapping[str, Sequence[str]]) -> Iterator[Handed]:
    for digest, content in sources.items():
        yield Handed(read(content), tuple(students[digest]))
