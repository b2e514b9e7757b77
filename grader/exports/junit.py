"""JUnit XML as GitLab, Jenkins and others read it.

GitLab drops a case whose `classname` and `name` were there already, takes the text of `failure` (not its attributes)
for what went wrong, and refuses files over 30 MB or with more than 250,000 objects: a large class is several files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from grader.exports.feedback import about, name_of, points_in_words, said_of
from grader.exports.files import Export, File, Options, Students
from grader.records.results import ExerciseResult, StudentResult, TestResult
from grader.reports.clean import clean
from grader.reports.feedback import OUR_FAULT, Feedback, sentence_of
from grader.reports.wrapping import shorten

#: What one file may hold, below what GitLab takes.
BYTES = 25 * 10**6
OBJECTS = 200_000
#: What all files of a job may hold together.
JOB_BYTES, JOB_CASES = 100 * 10**6, 500_000
_LONGEST_NAME = 300
_LONGEST_TEXT = 8_000
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="grader">\n'
_FOOT = "</testsuites>\n"


def export(students: Students, options: Options) -> Export:
    """A suite for each student's exercise, in as few files as GitLab takes."""
    made = Export([])
    made.files = _watched(_files(students, options.feedback), made.remarks)
    return made


def _watched(files: Iterator[File], remarks: list[str]) -> Iterator[File]:
    """The files, with a remark where they are more than a job of GitLab's may hand in."""
    size = cases = 0
    for file in files:
        size += sum(len(piece.encode()) for piece in file.pieces)
        cases += sum(piece.count("<testcase ") for piece in file.pieces)
        yield file
    if size > JOB_BYTES or cases > JOB_CASES:
        remarks.append(
            "GitLab takes 100 MB and 500,000 cases of a job, and this is more: export fewer exercises with --exercise."
        )


def _files(students: Students, feedback: Feedback) -> Iterator[File]:
    number, size, objects = 1, 0, 0
    pieces: list[str] = []
    for student in students:
        for exercise in student.exercises:
            suite = _suite(student, exercise, feedback)
            text = f"{ET.tostring(suite, encoding='unicode')}\n"
            more, counted = len(text.encode()), sum(2 + len(element.attrib) for element in suite.iter())
            if pieces and (size + more > BYTES or objects + counted > OBJECTS):
                yield _file(number, pieces)
                number, size, objects, pieces = number + 1, 0, 0, []
            pieces.append(text)
            size, objects = size + more, objects + counted
    yield _file(number, pieces)


def _file(number: int, pieces: list[str]) -> File:
    return File("junit.xml" if number == 1 else f"junit-{number}.xml", [_HEAD, *pieces, _FOOT])


def _suite(student: StudentResult, exercise: ExerciseResult, feedback: Feedback) -> ET.Element:
    # GitLab shows the class's name as the suite, and tells cases apart by it.
    name = f"{clean(student.student)}.{clean(exercise.exercise)}"
    cases = list(_cases(exercise, feedback))
    names: Counter[str] = Counter()
    suite = ET.Element("testsuite", name=name, tests=str(len(cases)), failures="0", errors="0", skipped="0")
    suite.set("time", f"{exercise.real_seconds:.3f}")
    for case in cases:
        shown = case.get("name", "")
        names[shown] += 1
        if names[shown] > 1:
            case.set("name", f"{shown} ({names[shown]})")
        case.set("classname", name)
        suite.append(case)
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    return suite


def _cases(exercise: ExerciseResult, feedback: Feedback) -> Iterator[ET.Element]:
    if feedback == "score" or not exercise.tests:
        yield _whole(exercise, feedback)
        return
    for test in exercise.tests:
        yield _case(test, feedback)


def _case(test: TestResult, feedback: Feedback) -> ET.Element:
    case = ET.Element("testcase", name=shorten(name_of(test, feedback), _LONGEST_NAME))
    case.set("time", f"{test.virtual_seconds:.3f}")
    if test.ending == "grader error":
        _add(case, "error", test.ending, OUR_FAULT, said_of(test, feedback))
    elif test.ending != "passed":
        _add(case, "failure", test.ending, clean(sentence_of(test)), said_of(test, feedback))
    return case


def _whole(exercise: ExerciseResult, feedback: Feedback) -> ET.Element:
    """An exercise as one case: where its tests are not told, or there are none."""
    case = ET.Element("testcase", name=shorten(clean(exercise.title or exercise.exercise), _LONGEST_NAME), time="0")
    said = "\n".join([points_in_words(exercise), *about(exercise, feedback)])
    if exercise.has_grader_error:
        _add(case, "error", "grader error", OUR_FAULT, said)
    elif exercise.problem or exercise.score < exercise.points:
        _add(case, "failure", "rejected", points_in_words(exercise), said)
    return case


def _add(case: ET.Element, tag: str, kind: str, message: str, text: str) -> None:
    child = ET.SubElement(case, tag, message=shorten(message, _LONGEST_NAME), type=kind)
    child.text = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
