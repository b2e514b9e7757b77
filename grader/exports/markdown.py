"""Markdown, for the summary of a step on GitHub, an issue or a chat: the class as a table, then each student."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from grader.exports.feedback import about, points_in_words, said_of
from grader.exports.files import Export, File, Options, Students, unjudged
from grader.exports.reading import final, final_total, without_tests
from grader.records.results import ExerciseResult, StudentResult, TestResult
from grader.reports.clean import clean
from grader.reports.feedback import Feedback
from grader.reports.scoreboard import in_course_order
from grader.reports.wording import points

#: GitHub refuses a larger summary altogether (1 MiB).
BYTES = 1_000_000
_MARKS = re.compile(r"[\\`*_\[\]<>!|~&$^]|^[-+=]|(?<=^\d)[.)]")
# What GitHub makes links of, even where it is escaped: mentions, numbers of issues, addresses.
_LINKS = re.compile(r"[@#]|:(?=\S)|(?<=www)\.")
_CUT = "\n*The rest is cut off: a summary on GitHub may have 1 MiB.*\n"


def export(students: Students, options: Options) -> Export:
    """A table of the class, then what is told about each student, cut off where GitHub would refuse the whole."""
    small = list(map(without_tests, students))
    said = unjudged(small, "their points are shown as “not final”")
    return Export([File("results.md", within(BYTES, _pieces(students, small, options.feedback)))], said)


def within(most: int, pieces: Iterable[str]) -> Iterator[str]:
    """The pieces as far as `most` bytes reach, and a sentence where they do not."""
    left = most - len(_CUT.encode())
    for piece in pieces:
        left -= len(piece.encode())
        if left < 0:
            yield _CUT
            return
        yield piece


def _pieces(students: Students, small: list[StudentResult], feedback: Feedback) -> Iterator[str]:
    names = in_course_order(exercise.exercise for student in small for exercise in student.exercises)
    yield row(["Student", *map(plain, names), "Total"])
    yield row([":---", *("---:" for _ in names), "---:"])
    for student in small:
        yield row(_cells(student, names))
    for student in students:
        yield f"\n## {plain(student.student)}\n"
        for exercise in student.exercises:
            yield section(exercise, feedback)


def row(cells: Iterable[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |\n"


def _cells(student: StudentResult, names: list[str]) -> list[str]:
    by_name = {exercise.exercise: exercise for exercise in student.exercises}
    scores = [_score(by_name.get(name)) for name in names]
    whole = final_total(student)
    possible = points(sum(exercise.points for exercise in student.exercises))
    return [plain(student.student), *scores, "–" if whole is None else f"**{points(whole)}** of {possible}"]


def _score(exercise: ExerciseResult | None) -> str:
    if exercise is None:
        return "–"
    score = final(exercise)
    return "not final" if score is None else points(score)


def section(exercise: ExerciseResult, feedback: Feedback) -> str:
    """What is told about an exercise."""
    lines = [f"\n**{plain(exercise.title or exercise.exercise)}**: {points_in_words(exercise)}\n"]
    lines += [f"\n{plain(sentence)}\n" for sentence in about(exercise, feedback)]
    told = [_item(test, feedback) for test in exercise.tests if test.ending != "passed" and feedback != "score"]
    return "".join([*lines, "\n" if told else "", *told])


def _item(test: TestResult, feedback: Feedback) -> str:
    said = said_of(test, feedback)
    if feedback != "full":
        return f"- {plain(said)}\n"
    return f"- {plain(test.name)}\n\n{fenced(said, indent='  ')}"


def fenced(text: str, *, indent: str = "") -> str:
    """A block that shows `text` as it is, whatever it holds."""
    fence = "`" * (2 + max(map(len, re.findall(r"`+", text)), default=1))
    lines = [f"{fence}text", *text.splitlines(), fence]
    return "".join(f"{indent}{line}".rstrip() + "\n" for line in lines)


def plain(text: str) -> str:
    """`text` as Markdown that shows it as it is."""
    return _LINKS.sub(r"\g<0><!-- -->", _MARKS.sub(r"\\\g<0>", clean(text)))
