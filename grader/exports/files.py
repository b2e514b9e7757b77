"""What an export is made of: the options it is given, and the files it gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from grader.exports.sheet import Sheet
from grader.records.results import StudentResult
from grader.reports.feedback import Feedback

#: Whom Gradescope shows a result, and when.
Visibility = Literal["visible", "after_due_date", "after_published", "hidden"]
VISIBILITIES: tuple[Visibility, ...] = ("visible", "after_due_date", "after_published", "hidden")

#: A class that can be gone through several times.
Students = Iterable[StudentResult]


@dataclass(frozen=True)
class Options:
    """What an export may be told. `roster` is a sheet to fill in, `total` the heading of its column for the sum."""

    feedback: Feedback = "sentences"
    roster: Sheet | None = None
    total: str = ""
    visibility: Visibility = "visible"


@dataclass(frozen=True)
class File:
    """One file. Its text is made piece by piece, so that a class of any size needs little memory."""

    name: str
    pieces: Iterable[str]

    def text(self) -> str:
        """The whole text."""
        return "".join(self.pieces)


@dataclass
class Export:
    """The files, and sentences for the person who exports, which are complete when all the files have been read."""

    files: Iterable[File]
    remarks: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[File]:
        return iter(self.files)


Exporter = Callable[[Students, Options], Export]

_NAMED = 20


def named(names: Collection[str]) -> str:
    """Names for a sentence, the first of them where there are many."""
    shown = list(names)[:_NAMED]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def unjudged(students: Iterable[StudentResult], becomes: str) -> list[str]:
    """A sentence about those at whose work the grader failed; `becomes` says what stands in the place of points."""
    failed = [student.student for student in students if any(one.has_grader_error for one in student.exercises)]
    if not failed:
        return []
    return [f"The grader failed at work of {named(failed)}: {becomes}; grade again."]
