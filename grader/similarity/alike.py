"""Finds the pairs of an exercise's submissions that look alike, without comparing each with each."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from grader.problems import Problem
from grader.similarity.words import RUN, Source, covered

#: With less of their own than this many fingerprints, programs are alike by necessity.
FEWEST = 20
#: What is in more than this share of the different programs, and in more than `FEW` of them, is everybody's.
_SHARE, _FEW = 0.1, 20
#: How much of a published solution must be in a submission for it to be said.
_PUBLISHED = 0.8
#: Sketches: their size, and how much alike they must be for a pair to be looked at. Far below what is shown,
#: because a sketch is an estimate.
_PERMUTATIONS, _LOOKED_AT = 128, 0.3
_TRIED = 32


class SimilarityError(Problem):
    """Submissions cannot be compared. The text is one sentence."""


@dataclass(frozen=True)
class Handed:
    """One source, and those who handed it in."""

    source: Source
    students: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A run of lines that both have, from and to, each inclusive."""

    first: tuple[int, int]
    second: tuple[int, int]


@dataclass(frozen=True)
class Match:
    """Two sources that look alike. `likeness` is the share of what they have in common, 0 to 1.

    `others` handed in what is the same as one of both but for names, comments and layout. `published` is the
    solution of the kit that both resemble.
    """

    likeness: float
    first: Handed
    second: Handed
    others: tuple[str, ...]
    published: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Findings:
    """What was found in one exercise.

    `more` pairs are alike enough, but not shown. `short` submissions have too little of their own. `published` are
    those that hold a solution of the kit, by its path.
    """

    exercise: str
    submissions: int
    matches: tuple[Match, ...]
    more: int
    short: int
    published: dict[str, tuple[str, ...]]
    stub: frozenset[int] = frozenset()

    def brief(self) -> Findings:
        """The same without the sources, but for those of the first pair."""
        return replace(self, matches=self.matches[:1], more=self.more + len(self.matches[1:]))


@dataclass
class _Program:
    """Sources that differ in names, comments and layout alone."""

    handed: list[Handed]
    own: frozenset[int] = frozenset()
    published: str = ""
    students: list[str] = field(default_factory=list)

    @property
    def source(self) -> Source:
        return self.handed[0].source


def find(
    exercise: str,
    handed: Iterable[Handed],
    stub: Source,
    published: Sequence[tuple[str, Source]],
    *,
    at_least: float,
    most: int,
) -> Findings:
    """Find the pairs whose likeness is `at_least` so much, the `most` alike of them.

    What the stub holds counts for nothing, nor does what many different programs hold.

    Raises:
        SimilarityError: the library that it takes is not installed.
    """
    given = frozenset(stub.runs)
    programs = _programs(handed)
    submissions = sum(len(program.students) for program in programs)
    for program in programs:
        program.own = frozenset(program.source.runs) - given
    _name_published(programs, published, given)
    everybodys = _everybodys(programs)
    for program in programs:
        program.own -= everybodys
    compared = [program for program in programs if len(program.own) >= FEWEST]
    every = [pair for pair in _pairs(compared) if pair[0] >= at_least]
    best = heapq.nlargest(most, every, key=lambda pair: (pair[0], [-number for number in pair[1:]]))
    return Findings(
        exercise=exercise,
        submissions=submissions,
        matches=tuple(_match(likeness, compared[one], compared[other], given) for likeness, one, other in best),
        more=len(every) - len(best),
        short=sum(len(program.students) for program in programs if len(program.own) < FEWEST),
        published=_by_solution(programs),
        stub=given,
    )


def _programs(handed: Iterable[Handed]) -> list[_Program]:
    by_meaning: dict[bytes, _Program] = {}
    for one in handed:
        program = by_meaning.setdefault(one.source.meaning, _Program([]))
        program.handed.append(one)
        program.students.extend(one.students)
    programs = list(by_meaning.values())
    for program in programs:
        program.students.sort()
        program.handed.sort(key=lambda one: one.students)
    return sorted(programs, key=lambda program: program.students)


def _everybodys(programs: Sequence[_Program]) -> frozenset[int]:
    """What many programs hold. A copy of a whole program counts once: a class that copies hides nothing by it."""
    counted = Counter(run for program in programs for run in program.own)
    return frozenset(run for run, count in counted.items() if count > max(_FEW, _SHARE * len(programs)))


def _name_published(
    programs: Iterable[_Program], published: Sequence[tuple[str, Source]], given: frozenset[int]
) -> None:
    """Say of each program which solution of the kit it holds: the one that is most alike."""
    solutions = [(path, frozenset(source.runs) - given) for path, source in published]
    for program in programs:
        best = max(((_likeness(program.own, runs), path) for path, runs in solutions if runs), default=(0.0, ""))
        if best[0] >= _PUBLISHED:
            program.published = best[1]


def _by_solution(programs: Iterable[_Program]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for program in programs:
        if program.published:
            found.setdefault(program.published, []).extend(program.students)
    return {path: tuple(sorted(found[path])) for path in sorted(found)}


def _likeness(one: frozenset[int], other: frozenset[int]) -> float:
    """The share of fingerprints that both have (Dice's coefficient)."""
    together = len(one) + len(other)
    return 2 * len(one & other) / together if together else 0.0


def _pairs(programs: Sequence[_Program]) -> Iterator[tuple[float, int, int]]:
    """(likeness, one, other) of pairs that may be alike; a program that several handed in is alike to itself."""
    near = _near([program.own for program in programs])
    for number, program in enumerate(programs):
        if len(program.students) > 1:
            yield 1.0, number, number
        for other in near[number]:
            yield _likeness(program.own, programs[other].own), number, other


def _near(sets: Sequence[frozenset[int]]) -> list[list[int]]:
    """For each set the later ones that share a bucket with it (MinHash, locality-sensitive hashing)."""
    try:
        from datasketch import MinHash, MinHashLSH  # type: ignore[import-untyped]
    except ImportError as error:
        raise SimilarityError(
            "Submissions are compared with datasketch, which is not installed here: "
            "pip install 'async-exercise-kit[similarity]'."
        ) from error
    if not sets:
        return []
    sketches: list[Any] = MinHash.bulk(sets, num_perm=_PERMUTATIONS, hashfunc=_low_half, scheme="affine32")
    index = MinHashLSH(threshold=_LOOKED_AT, num_perm=_PERMUTATIONS)
    for number, sketch in enumerate(sketches):
        index.insert(number, sketch)
    return [sorted(one for one in index.query(sketch) if one > number) for number, sketch in enumerate(sketches)]


def _low_half(run: int) -> int:
    """A fingerprint is a hash already."""
    return run & 0xFFFFFFFF


def _match(likeness: float, one: _Program, other: _Program, given: frozenset[int]) -> Match:
    first = one.handed[0]
    if one is not other:
        second = other.handed[0]
    elif len(one.handed) > 1:
        second = one.handed[1]
    else:
        # The very same file: the first student's beside the second's.
        first, second = Handed(first.source, first.students[:1]), Handed(first.source, first.students[1:2])
    shown = {first.students[0], second.students[0]}
    both = sorted({*one.students, *other.students} - shown)
    return Match(
        likeness=likeness,
        first=Handed(first.source, first.students[:1]),
        second=Handed(second.source, second.students[:1]),
        others=tuple(both),
        published=one.published if one.published == other.published else "",
        blocks=tuple(_blocks(first.source, second.source, given)),
    )


def _blocks(first: Source, second: Source, given: frozenset[int]) -> Iterator[Block]:
    """What both have in common, in the order of the first, the longest run at each place; the stub's is left out."""
    places: dict[int, list[int]] = {}
    for at, run in enumerate(second.runs):
        if run not in given:
            places.setdefault(run, []).append(at)
    stub = covered(first, given)
    used: set[int] = set()
    at = 0
    while at < len(first.runs):
        tried = [place for place in places.get(first.runs[at], ()) if place not in used][:_TRIED]
        length, place = max(((_common(first, at, second, place, used), -place) for place in tried), default=(0, 0))
        if length < RUN:
            at += 1
            continue
        used.update(range(-place, -place + length))
        if not stub.issuperset(range(at, at + length)):
            yield Block(_lines(first, at, length), _lines(second, -place, length))
        at += length


def _common(first: Source, at: int, second: Source, place: int, used: set[int]) -> int:
    """How many words from here on are the same, as far as the second's have no partner yet."""
    length = 0
    for one, other in zip(first.words[at:], second.words[place:], strict=False):
        if one.text != other.text or place + length in used:
            break
        length += 1
    return length


def _lines(source: Source, at: int, length: int) -> tuple[int, int]:
    return source.words[at].line, source.words[at + length - 1].line
