"""How much a student's page tells. What is not to be told is taken out of the result before a page is drawn."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from grader.records.results import DIMENSIONS, ExerciseResult, StudentResult, TestResult

#: - `full`: all that is known, so inputs and expected values of the hidden tests too;
#: - `sentences`: the sentence of each test and how it ended, why a file could not be imported, what was handed in;
#:   nothing in which a run could have put what is hidden;
#: - `score`: the points in each dimension.
Feedback = Literal["full", "sentences", "score"]
FEEDBACKS: tuple[Feedback, ...] = get_args(Feedback)

#: What is said in the place of the grader's own words, which may name what is hidden.
OUR_FAULT = "The grader failed here, not the submission: these points are not final."


def withhold(result: StudentResult, feedback: Feedback) -> StudentResult:
    """`result` with what is to be told at this level, and no more."""
    if feedback == "full":
        return result
    only = _sentences if feedback == "sentences" else _sums
    return msgspec.structs.replace(result, exercises=tuple(only(exercise) for exercise in result.exercises))


def withheld(result: ExerciseResult, feedback: Feedback) -> ExerciseResult:
    """One exercise's result with what is to be told at this level, and no more."""
    return withhold(StudentResult("", (result,)), feedback).exercises[0]


def _sentences(exercise: ExerciseResult) -> ExerciseResult:
    return msgspec.structs.replace(exercise, tests=tuple(map(_sentence, exercise.tests)), problem=_problem(exercise))


def _sentence(test: TestResult) -> TestResult:
    told = TestResult("", test.dimension, test.points, test.earned, test.ending, sentence_of(test))
    return msgspec.structs.replace(told, cause=test.cause, line=test.line, public=True) if test.public else told


def _sums(exercise: ExerciseResult) -> ExerciseResult:
    """One nameless test for each dimension, and nothing of what was handed in."""
    sums = ((dimension, *exercise.by_dimension(dimension)) for dimension in DIMENSIONS)
    tests = (
        TestResult("", dimension, possible, earned, "passed", "") for dimension, earned, possible in sums if possible
    )
    return msgspec.structs.replace(exercise, tests=tuple(tests), problem=_problem(exercise), source_digest="")


def _problem(exercise: ExerciseResult) -> str:
    return OUR_FAULT if exercise.problem and exercise.source_digest else exercise.problem


def sentence_of(test: TestResult) -> str:
    """The sentence of a test, or its name in words. The parameters in a name are the suite's own values."""
    name = test.name.partition("[")[0]
    # A test without a docstring has its name for a sentence, parameters included.
    if test.sentence and test.sentence.partition("[")[0] != name:
        return test.sentence
    return name.removeprefix("test_").replace("_", " ")
