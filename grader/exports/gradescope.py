"""Gradescope's `results.json`, one for each student: https://gradescope-autograders.readthedocs.io/en/latest/specs/"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

import msgspec

from grader.classroom.publish import page_names
from grader.exports.feedback import about, in_words, name_of, points_in_words, said_of
from grader.exports.files import Export, File, Options, Students, Visibility, unjudged
from grader.exports.reading import final_total, without_tests
from grader.records.results import ExerciseResult, TestResult
from grader.reports.clean import clean, clean_json
from grader.reports.feedback import Feedback
from grader.reports.wrapping import shorten
from grader.rubric import total

_LONGEST_NAME = 500


class _Test(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of Gradescope's table. Without a score it informs, and counts for nothing."""

    name: str
    number: str
    score: float | None = None
    max_score: float | None = None
    status: str | None = None
    output: str = ""
    tags: tuple[str, ...] = ()


class _Results(msgspec.Struct, frozen=True):
    """The file. `score` overrides the sum of the tests, which knows nothing of lateness and adjustments."""

    score: float
    output: str
    visibility: Visibility
    stdout_visibility: Visibility
    execution_time: float
    tests: tuple[_Test, ...]
    # Nothing of a submission is ever taken for HTML or Markdown.
    output_format: str = "text"
    test_output_format: str = "text"
    test_name_format: str = "text"


def export(students: Students, options: Options) -> Export:
    """A file for each student. Where the grader failed there is none, which Gradescope shows as what it is."""
    small = list(map(without_tests, students))
    pages = page_names(student.student for student in small)
    return Export(
        _files(students, {name: f"{PurePath(page).stem}.json" for name, page in pages.items()}, options),
        unjudged(small, "they have no file, because Gradescope would count what is missing as 0"),
    )


def _files(students: Students, names: dict[str, str], options: Options) -> Iterator[File]:
    for student in students:
        score = final_total(student)
        if score is None:
            continue
        made = _Results(
            score=score,
            output="\n\n".join(map(_heading, student.exercises)),
            visibility=options.visibility,
            stdout_visibility="hidden",
            execution_time=total(exercise.real_seconds for exercise in student.exercises),
            tests=tuple(
                test
                for number, exercise in enumerate(student.exercises, 1)
                for test in _tests(exercise, number, options.feedback)
            ),
        )
        text = clean_json(msgspec.json.format(msgspec.json.encode(made), indent=2).decode())
        yield File(names[student.student], [text, "\n"])


def _heading(exercise: ExerciseResult) -> str:
    """What is said about an exercise as a whole."""
    return in_words(msgspec.structs.replace(exercise, tests=()), "score")


def _tests(exercise: ExerciseResult, number: int, feedback: Feedback) -> Iterator[_Test]:
    if feedback == "score" or not exercise.tests:
        said = "\n".join([points_in_words(exercise), *about(exercise, feedback)])
        yield _Test(
            name=clean(exercise.title or exercise.exercise),
            number=str(number),
            score=exercise.score,
            max_score=exercise.points,
            status="passed" if exercise.score >= exercise.points else "failed",
            output=said,
            tags=(exercise.exercise,),
        )
        return
    for place, test in enumerate(exercise.tests, 1):
        yield _test(exercise, test, f"{number}.{place}", feedback)


def _test(exercise: ExerciseResult, test: TestResult, number: str, feedback: Feedback) -> _Test:
    return _Test(
        name=shorten(name_of(test, feedback), _LONGEST_NAME),
        number=number,
        score=test.earned,
        max_score=test.points,
        status="passed" if test.ending == "passed" else "failed",
        output=said_of(test, feedback),
        tags=(exercise.exercise, test.dimension),
    )
