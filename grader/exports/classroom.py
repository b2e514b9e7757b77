"""The results of GitHub Classroom's graders, for autograding-grading-reporter@v1, and those of Classroom 50.

https://github.com/classroom-resources/autograding-grading-reporter
https://github.com/foundation50/classroom50/blob/main/schemas/result-v1.schema.json
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

import msgspec

from grader.exports.feedback import about, name_of, points_in_words, said_of
from grader.exports.reading import ExportError, final_total
from grader.records.results import ExerciseResult, StudentResult, TestResult
from grader.reports.clean import clean, clean_json
from grader.reports.feedback import Feedback
from grader.reports.wrapping import shorten
from grader.rubric import total

#: Classroom 50's scores are whole numbers: these are hundredths of points.
SCALE = 100
#: What a job of GitHub's may hand on to the next step, with room for its other outputs.
MOST_OUTPUT = 900_000
_LONGEST_NAME = 300
_LONGEST_MESSAGE = 4_000


class _ReportedTest(msgspec.Struct, frozen=True):
    name: str
    status: str
    score: float
    message: str
    filename: str = ""
    line_no: int = 0
    test_code: str = ""
    duration: float = 0.0


class _Report(msgspec.Struct, frozen=True):
    status: str
    max_score: float
    tests: list[_ReportedTest]
    version: int = 1


def reporter(student: StudentResult, places: Mapping[str, str], feedback: Feedback) -> str:
    """The JSON that a grader of GitHub Classroom's makes. The reporter adds up the tests' own scores."""
    tests = [
        test
        for exercise in student.exercises
        for test in _reported(exercise, places.get(exercise.exercise, ""), feedback)
    ]
    ours = any(exercise.has_grader_error for exercise in student.exercises)
    status = "error" if ours else "pass" if all(test.status == "pass" for test in tests) else "fail"
    # Written as whole numbers where they are.
    whole = int(student.points) if student.points == int(student.points) else student.points
    return clean_json(msgspec.json.encode(_Report(status, whole, tests)).decode())


def for_output(report: str) -> str:
    """A report as the output of a step, where the reporter finds it.

    Where it would be too large it loses its messages, and then its tests but for one with all the points.
    """
    read = msgspec.json.decode(report, type=_Report)
    brief = [msgspec.structs.replace(test, name=test.name[:80], message="") for test in read.tests]
    everything = _ReportedTest("All exercises", read.status, total(test.score for test in read.tests), "")
    for tests in (read.tests, brief, [everything]):
        made = msgspec.json.encode(msgspec.structs.replace(read, tests=tests)).decode()
        encoded = base64.b64encode(clean_json(made).encode()).decode()
        if len(encoded) <= MOST_OUTPUT:
            break
    return encoded


def _reported(exercise: ExerciseResult, file: str, feedback: Feedback) -> Iterator[_ReportedTest]:
    title = clean(exercise.title or exercise.exercise)
    if feedback == "score" or not exercise.tests:
        status = "error" if exercise.has_grader_error else "pass" if exercise.score >= exercise.points else "fail"
        said = "\n".join([points_in_words(exercise), *about(exercise, feedback)])
        yield _ReportedTest(title, status, exercise.score, said, file)
        return
    for test in exercise.tests:
        status = {"passed": "pass", "grader error": "error"}.get(test.ending, "fail")
        name = shorten(f"{title}: {name_of(test, feedback)}", _LONGEST_NAME)
        said = said_of(test, feedback)[:_LONGEST_MESSAGE]
        yield _ReportedTest(
            name, status, test.earned, said, file, test.line or 0, duration=round(test.virtual_seconds, 3)
        )
    if exercise.score != exercise.earned:
        difference = float(Fraction(repr(exercise.score)) - Fraction(repr(exercise.earned)))
        yield _ReportedTest(
            f"{title}: what is added or taken", "pass", difference, "\n".join(about(exercise, feedback))
        )


@dataclass(frozen=True)
class Handed:
    """What Classroom 50's runner says about a submission, in its environment."""

    classroom: str
    assignment: str
    owner: str
    kind: str
    submission: str
    commit: str
    release: str
    review: str


def handed(environ: Mapping[str, str]) -> Handed:
    """What the runner says.

    Raises:
        ExportError: this is not run by it.
    """
    lacking = [name for name in ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL") if not environ.get(name)]
    owner = environ.get("OWNER") or environ.get("USERNAME") or environ.get("GITHUB_ACTOR", "")
    if lacking or not owner:
        missing = ", ".join(lacking or ["USERNAME"])
        raise ExportError(f"Classroom 50's result needs what its runner says in the environment: {missing} is not set.")
    commit = environ["COMMIT_URL"]
    return Handed(
        classroom=environ["CLASSROOM"],
        assignment=environ["ASSIGNMENT"],
        owner=owner,
        kind=environ.get("ASSIGNMENT_TYPE") or "individual",
        submission=environ["SUBMISSION_TAG"],
        commit=commit,
        release=environ.get("RELEASE_URL") or commit,
        review=environ.get("REVIEW_URL") or commit,
    )


def classroom50(
    student: StudentResult, by: Handed, now: datetime, committed: datetime | None, feedback: Feedback
) -> str:
    """`result.json` of the schema `classroom50/result/v1`, in hundredths of points.

    Raises:
        ExportError: the grader failed, so that the points are not final: Classroom 50 would keep them.
    """
    if student.exercises and final_total(student) is None:
        raise ExportError("Classroom 50 gets no result, because the grader failed: its points would not be final.")
    tests = [test for exercise in student.exercises for test in _tests50(exercise, feedback)]
    made = {
        "schema": "classroom50/result/v1",
        "classroom": by.classroom,
        "assignment": by.assignment,
        "assignment_type": by.kind,
        "owner": by.owner,
        "submission": by.submission,
        "commit": by.commit,
        "release": by.release,
        "review": by.review,
        "datetime": _time(committed or now),
        "graded_at": _time(now),
        "score": min(sum(_scaled(exercise.score) for exercise in student.exercises), _possible(student)),
        "max-score": _possible(student),
        "tests": tests,
    }
    return clean_json(msgspec.json.format(msgspec.json.encode(made), indent=2).decode()) + "\n"


def _possible(student: StudentResult) -> int:
    return sum(_scaled(exercise.points) for exercise in student.exercises)


def _tests50(exercise: ExerciseResult, feedback: Feedback) -> Iterator[dict[str, object]]:
    title = clean(exercise.title or exercise.exercise)
    if feedback == "score" or not exercise.tests:
        passed = exercise.score >= exercise.points
        score = min(_scaled(exercise.score), _scaled(exercise.points))
        said = "\n".join([points_in_words(exercise), *about(exercise, feedback)])
        yield {
            "test-name": title,
            "passed": passed,
            "score": score,
            "max-score": _scaled(exercise.points),
            "output": said,
        }
        return
    for test in exercise.tests:
        yield _test50(title, test, feedback)


def _test50(title: str, test: TestResult, feedback: Feedback) -> dict[str, object]:
    return {
        "test-name": shorten(f"{title}: {name_of(test, feedback)}", _LONGEST_NAME),
        "passed": test.ending == "passed",
        "score": _scaled(test.earned),
        "max-score": _scaled(test.points),
        "output": said_of(test, feedback)[:_LONGEST_MESSAGE],
    }


def _scaled(value: float) -> int:
    return round(Fraction(repr(value)) * SCALE)


def _time(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
