"""Workflow commands of GitHub that show failed tests on the lines of the submission.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, zip_longest
from typing import NamedTuple

from grader.exports.feedback import said_of
from grader.records.results import ExerciseResult, StudentResult, TestResult
from grader.reports.clean import clean
from grader.reports.feedback import OUR_FAULT, Feedback, sentence_of
from grader.reports.wrapping import shorten

#: What GitHub shows of one step; the rest it drops in silence.
ERRORS = WARNINGS = 10
_LONGEST_TITLE = 120
_LONGEST_MESSAGE = 2_000


class _Annotation(NamedTuple):
    file: str
    line: int
    title: str
    message: str

    def command(self, level: str) -> str:
        place = f"file={_property(self.file)},line={self.line}," if self.file else ""
        return f"::{level} {place}title={_property(self.title)}::{_data(self.message)}"


def commands(student: StudentResult, places: Mapping[str, str], feedback: Feedback) -> list[str]:
    """A line for each annotation: errors, as many as GitHub shows, then warnings.

    `places` are the student's files by exercise. The first failed test of each exercise comes before the second
    ones, so that each exercise is seen. An error of the grader's is a warning at no line of the student's.
    """
    columns = (list(_of(exercise, places.get(exercise.exercise, ""), feedback)) for exercise in student.exercises)
    rows = zip_longest(*columns)
    failed = iter(dict.fromkeys(one for row in rows for one in row if one is not None))
    errors = [one.command("error") for one in islice(failed, ERRORS)]
    ours = [
        _Annotation("", 0, clean(exercise.title or exercise.exercise), OUR_FAULT).command("warning")
        for exercise in student.exercises
        if exercise.has_grader_error
    ]
    return [*errors, *[*ours, *(one.command("warning") for one in failed)][:WARNINGS]]


def trouble(message: str) -> str:
    """The command that shows why nothing was graded, which is no fault of the student's."""
    return _Annotation("", 0, "Not graded", clean(message)).command("error")


def _of(exercise: ExerciseResult, file: str, feedback: Feedback) -> Iterator[_Annotation]:
    title = clean(exercise.title or exercise.exercise)
    if exercise.problem and not exercise.has_grader_error:
        yield _Annotation(file, 1, title, shorten(clean(exercise.problem), _LONGEST_MESSAGE))
    if feedback == "score":
        return
    for test in exercise.tests:
        if test.ending not in ("passed", "grader error"):
            yield _Annotation(file, test.line or 1, f"{title}: {test.ending}", _message(test, feedback))


def _message(test: TestResult, feedback: Feedback) -> str:
    # The title says how it ended.
    said = said_of(test, feedback) if feedback == "full" else clean(sentence_of(test))
    return said if len(said) <= _LONGEST_MESSAGE else f"{said[:_LONGEST_MESSAGE]}…"


def _data(text: str) -> str:
    """A message, as GitHub's own toolkit escapes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(shorten(text, _LONGEST_TITLE)).replace(":", "%3A").replace(",", "%2C")
