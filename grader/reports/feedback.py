"""How much a student's page tells. What is not to be told is taken out of the result before a page is drawn."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from grader.records.results import DIMENSIONS, ExerciseResult, StudentResult, TestResult

#: - `full`: all that is known, so inputs and expected values of the hidden tests too;
#: - `sentences`: the sentence of each test and how it ended, nothing that a run could have put there;
#: - `score`: the points in each dimension.
Feedback = Literal["full", "sentences", "score"]
FEEDBACKS: tuple[Feedback, ...] = get_args(Feedback)

#: What is said in the place of the grader's own words, which may name what is hidden.
OUR_FAULT = "The grader failed here, not the submission: these points are not final."


def withhold(result: StudentResult, feedback: Feedback) -> StudentResult:
    """`result` with what is to be told at this level, and no more."""
    if feedback == "full":
        return result
    told = _sentences if feedback == "sentences" else _sums
    return msgspec.structs.replace(result, exercises=tuple(_only(one, told(one)) for one in result.exercises))


def withheld(result: ExerciseResult, feedback: Feedback) -> ExerciseResult:
    """One exercise's result with what is to be told at this level, and no more."""
    return withhold(StudentResult("", (result,)), feedback).exercises[0]


def _only(exercise: ExerciseResult, tests: tuple[TestResult, ...]) -> ExerciseResult:
    problem = OUR_FAULT if exercise.problem and exercise.source_digest else exercise.problem
    return msgspec.structs.replace(exercise, tests=tests, problem=problem, source_digest="")


def _sentences(exercise: ExerciseResult) -> tuple[TestResult, ...]:
    return tuple(
        TestResult("", test.dimension, test.points, test.earned, test.ending, sentence_of(test))
        for test in exercise.tests
    )


def _sums(exercise: ExerciseResult) -> tuple[TestResult, ...]:
    """One nameless test for each dimension."""
    sums = ((dimension, *exercise.by_dimension(dimension)) for dimension in DIMENSIONS)
    return tuple(
        TestResult("", dimension, possible, earned, "passed", "") for dimension, earned, possible in sums if possible
    )


def sentence_of(test: TestResult) -> str:
    """The sentence of a test, or its name in words. The parameters in a name are the suite's own values."""
    name = test.name.partition("[")[0]
    # A test without a docstring has its name for a sentence, parameters included.
    if test.sentence and test.sentence.partition("[")[0] != name:
        return test.sentence
    return name.removeprefix("test_").replace("_", " ")
