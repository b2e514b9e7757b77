"""Whose row is whose: the students of a grading, found in the roster of a course system."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from grader.exports.files import named
from grader.records.results import StudentResult

#: From a row, the words by which it may be known in one way, such as an e-mail address.
Known = Callable[[Sequence[str]], Iterable[str]]


@dataclass(frozen=True)
class Matches:
    """Each found student's row, by its number in the sheet; those who were not found; those who claim one row."""

    rows: dict[int, StudentResult]
    missing: tuple[str, ...]
    disputed: tuple[str, ...]

    def remarks(self, roster: str) -> list[str]:
        """Sentences about everybody who is not filled in."""
        said = []
        if self.missing:
            said.append(f"Not found in {roster}, and left out: {named(self.missing)}.")
        if self.disputed:
            said.append(f"Several students fit one row of {roster}, which stays as it was: {named(self.disputed)}.")
        return said


def matched(
    students: Iterable[StudentResult],
    rows: Sequence[tuple[int, Sequence[str]]],
    by_ident: Known,
    by_name: Sequence[Known],
) -> Matches:
    """Find the students' rows: by the number that the course system gave, else by name, in the order of `by_name`.

    A word that several rows bear tells nobody apart.
    """
    idents = _index(rows, by_ident)
    names = [_index(rows, known) for known in by_name]
    claims: dict[int, list[StudentResult]] = {}
    missing = []
    for student in students:
        tried = [(idents, student.ident)] if student.ident else []
        tried += [(index, student.student) for index in names]
        found = next((row for index, word in tried if (row := index.get(_folded(word))) is not None), None)
        if found is None:
            missing.append(student.student)
        else:
            claims.setdefault(found, []).append(student)
    return Matches(
        {row: claimed[0] for row, claimed in claims.items() if len(claimed) == 1},
        tuple(missing),
        tuple(student.student for claimed in claims.values() if len(claimed) > 1 for student in claimed),
    )


def cell(place: int | None) -> Known:
    """The words of one column; none where there is no such column."""
    return lambda row: [row[place]] if place is not None and place < len(row) else []


def names(written: Known) -> Known:
    """A name in all the ways in which submissions bear it: `Lovelace, Ada`, `Ada Lovelace`, `lovelaceada`."""

    def known(row: Sequence[str]) -> Iterable[str]:
        for name in written(row):
            last, comma, first = name.partition(",")
            turned = f"{first.strip()} {last.strip()}" if comma else name
            yield from (name, turned, _joined(name), _joined(turned))

    return known


def _index(rows: Sequence[tuple[int, Sequence[str]]], known: Known) -> dict[str, int]:
    """The only row that each word names."""
    found: dict[str, set[int]] = {}
    for number, row in rows:
        for word in known(row):
            if folded := _folded(word):
                found.setdefault(folded, set()).add(number)
    return {word: min(numbers) for word, numbers in found.items() if len(numbers) == 1}


def _folded(word: str) -> str:
    return " ".join(word.split()).casefold()


def _joined(name: str) -> str:
    """As Canvas writes it at the beginning of a file's name."""
    return re.sub(r"[\W_]+", "", name)
