"""The summary of a pipeline as Markdown: one student's points, then what is told about each exercise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from grader.exports.markdown import fenced, plain, row, section, within
from grader.exports.reading import final, final_total
from grader.records.results import DIMENSIONS, ExerciseResult, StudentResult
from grader.reports.failure import failure_text
from grader.reports.feedback import Feedback
from grader.reports.wording import percent, points
from grader.rubric import Outcome

#: What GitHub takes for the summary of one step; it refuses a larger one altogether.
BYTES = 2**20
_WIDTH = 80


def summary(
    student: StudentResult, *, about: str, feedback: Feedback, examples: Mapping[str, Outcome], room: int = BYTES
) -> str:
    """The points, a table of the exercises, and what is told about each, in at most `room` bytes.

    `about` says in a sentence what was graded. `examples` are failed ones by exercise; they are no secret, so their
    timelines are shown at every level of feedback but `score`.
    """
    return "".join(within(room, _pieces(student, about, feedback, examples)))


def headline(student: StudentResult) -> str:
    """`16.5 of 20 points (82%)`, or why there are none."""
    if not student.exercises:
        return "Nothing to grade yet"
    score = final_total(student)
    if score is None:
        return "Not final: the grader failed, not the submission"
    return f"{points(score)} of {points(student.points)} points ({percent(score, student.points)})"


def _pieces(student: StudentResult, about: str, feedback: Feedback, examples: Mapping[str, Outcome]) -> Iterator[str]:
    yield f"## {plain(headline(student))}\n\n{plain(about)}\n"
    if not student.exercises:
        return
    shown = DIMENSIONS if feedback != "score" else ()
    yield "\n" + row(["Exercise", "Points", *(dimension.capitalize() for dimension in shown)])
    yield row([":---", "---:", *("---:" for _ in shown)])
    for exercise in student.exercises:
        yield row([plain(exercise.title or exercise.exercise), *_cells(exercise, len(shown))])
    for exercise in student.exercises:
        if exercise.score < exercise.points or exercise.has_grader_error:
            yield section(exercise, feedback)
            if exercise.exercise in examples and feedback != "score":
                yield "\nAn example shows it:\n\n"
                yield fenced(failure_text(examples[exercise.exercise], width=_WIDTH).rstrip())


def _cells(exercise: ExerciseResult, dimensions: int) -> Iterator[str]:
    score = final(exercise)
    yield "not final" if score is None else f"{points(score)} of {points(exercise.points)}"
    for dimension in DIMENSIONS[:dimensions]:
        earned, possible = exercise.by_dimension(dimension)
        yield f"{points(earned)} of {points(possible)}" if possible else "–"
