"""The files that a pipeline may leave for its service, each a function from one student's result to text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from grader.exports import badge, classroom, gradescope, junit
from grader.exports.files import Exporter, Options
from grader.exports.reading import ExportError
from grader.exports.summary import summary
from grader.records.results import ClassResult, Machine, StudentResult
from grader.reports.clean import clean_json
from grader.reports.feedback import Feedback
from grader.rubric import Outcome


@dataclass(frozen=True)
class Graded:
    """All that a file may tell of: `places` are the student's files by exercise, `about` says what was graded."""

    student: StudentResult
    machine: Machine
    feedback: Feedback
    about: str
    places: Mapping[str, str]
    examples: Mapping[str, Outcome]
    environ: Mapping[str, str]
    now: datetime
    committed: datetime | None
    input_seed: int


def _only(export: Exporter) -> Callable[[Graded], str]:
    """The only file of an export of one student."""

    def text(graded: Graded) -> str:
        files = [file.text() for file in export([graded.student], Options(graded.feedback))]
        if not files:
            raise ExportError("Gradescope gets no results, because the grader failed: its points would not be final.")
        if len(files) > 1:
            raise ExportError(
                "There is more to tell than one file of JUnit's may hold: grade fewer exercises in one job."
            )
        return files[0]

    return text


def _results(graded: Graded) -> str:
    made = ClassResult((graded.student,), graded.machine, graded.input_seed)
    return clean_json(msgspec.json.encode(made).decode()) + "\n"


WRITERS: dict[str, Callable[[Graded], str]] = {
    "badge": lambda graded: badge.svg(graded.student),
    "classroom": lambda graded: classroom.reporter(graded.student, graded.places, graded.feedback),
    "classroom50": lambda graded: classroom.classroom50(
        graded.student, classroom.handed(graded.environ), graded.now, graded.committed, graded.feedback
    ),
    "gradescope": _only(gradescope.export),
    "junit": _only(junit.export),
    "markdown": lambda graded: summary(
        graded.student, about=graded.about, feedback=graded.feedback, examples=graded.examples
    ),
    # Everything that the grader knows, for `grader export`.
    "results": _results,
    "shields": lambda graded: badge.shields(graded.student),
}
