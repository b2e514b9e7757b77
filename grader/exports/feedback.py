"""What students are told about their tests, in three levels."""

from __future__ import annotations

from collections.abc import Iterator

from grader.records.results import ExerciseResult, TestResult
from grader.reports.clean import clean
from grader.reports.failure import failure_text
from grader.reports.feedback import OUR_FAULT, Feedback, sentence_of
from grader.reports.wording import points

_WIDTH = 80


def name_of(test: TestResult, feedback: Feedback) -> str:
    """What a test is called. The names of hidden tests are for `full` only."""
    return clean(test.name if feedback == "full" else sentence_of(test))


def said_of(test: TestResult, feedback: Feedback) -> str:
    """What is told about a test that has not passed; nothing about one that has."""
    if test.ending == "passed" or feedback == "score":
        return ""
    if feedback == "full":
        return failure_text(test, width=_WIDTH).rstrip()
    if test.ending == "grader error":
        return OUR_FAULT
    said = f"{test.ending}: {clean(sentence_of(test))}"
    return f"{said} {clean(test.cause)}" if test.public else said


def about(exercise: ExerciseResult, feedback: Feedback) -> Iterator[str]:
    """Sentences about an exercise as a whole: why nothing could be judged, what lateness took, what people decided."""
    if exercise.problem:
        # That of a student names what was handed in, and is told at every level.
        ours = exercise.has_grader_error and feedback != "full"
        yield OUR_FAULT if ours else clean(exercise.problem)
    elif exercise.has_grader_error:
        yield OUR_FAULT
    if exercise.late:
        yield clean(exercise.late)
    yield from (f"Adjusted by hand: {clean(sentence)}" for sentence in exercise.adjusted)


def in_words(exercise: ExerciseResult, feedback: Feedback) -> str:
    """Everything about an exercise as lines of text, its points first."""
    heading = f"{clean(exercise.title or exercise.exercise)}: {points_in_words(exercise)}"
    broken = (said for test in exercise.tests if (said := said_of(test, feedback)))
    return "\n".join([heading, *about(exercise, feedback), *broken])


def points_in_words(exercise: ExerciseResult) -> str:
    """`7.5 of 10 points`, or that they are not final."""
    if exercise.has_grader_error:
        return "not final"
    return f"{points(exercise.score)} of {points(exercise.points)} points"
