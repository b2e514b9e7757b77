"""A submission's source, with the lines that failures point at."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from grader.records.results import TestResult

#: What is shown of a source, at most.
MOST_LINES, MOST_CHARACTERS = 1_000, 50_000
# Line ends as Python counts them: a form feed is none, whatever `splitlines` thinks.
_LINE_END = re.compile(r"\r\n|\r|\n")
_BLOCKED = re.compile(r"line (\d{1,9})")


class Line(msgspec.Struct, frozen=True):
    """One line, and the places (from 0) in their suite of the tests whose failures point at it."""

    number: int
    text: str
    tests: tuple[int, ...] = ()


class Listing(msgspec.Struct, frozen=True):
    """The lines that are shown, and how many are not."""

    lines: tuple[Line, ...] = ()
    more: int = 0

    @property
    def marked(self) -> list[int]:
        """The numbers of the lines that failures point at."""
        return [line.number for line in self.lines if line.tests]


def listing(source: bytes, tests: Iterable[TestResult]) -> Listing:
    """The lines of `source`, marked by `tests`."""
    texts = _LINE_END.split(source.decode("utf-8-sig", "replace"))
    if not texts[-1]:
        texts.pop()
    pointed: dict[int, list[int]] = {}
    for place, test in enumerate(tests):
        for line in _lines_of(test):
            pointed.setdefault(line, []).append(place)
    lines: list[Line] = []
    room = MOST_CHARACTERS
    for number, text in enumerate(texts[:MOST_LINES], 1):
        room -= len(text) + 1
        if room < 0:
            break
        lines.append(Line(number, text, tuple(pointed.get(number, ()))))
    return Listing(tuple(lines), len(texts) - len(lines))


def _lines_of(test: TestResult) -> set[int]:
    """The lines that a failure points at: where it happened, and where the event loop stood still."""
    if test.ending == "passed":
        return set()
    blocked = (_BLOCKED.fullmatch(span.detail) for span in test.trace.spans if span.kind == "blocked")
    return {int(match[1]) for match in blocked if match} | ({test.line} if test.line else set())
