"""What lateness takes from the points earned: pure, exact, and said in one sentence."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import msgspec

from grader.catalog import CatalogError, Course, Exercise, Late
from grader.catalog.declaration import read_table
from grader.classroom.entries import Entry
from grader.records.results import ClassResult, ExerciseResult
from grader.reports.wording import duration, points

_UNITS = {"per-day": ("day", timedelta(days=1)), "per-hour": ("hour", timedelta(hours=1))}
_HUNDREDTHS = 100


@dataclass(frozen=True)
class Penalty:
    """Points that are taken away, and the sentence that says why, or why none are."""

    points: float = 0.0
    sentence: str = ""


def penalty(
    earned: float,
    handed_in: datetime | None,
    late: Late,
    deadline: datetime | None,
    extension: datetime | None = None,
    *,
    remark: str = "",
) -> Penalty:
    """What is taken from the points `earned` of what was handed in at a time.

    An extension never makes a deadline earlier. Where the time is unknown nothing is taken; `remark` is what is
    known instead. Parts of a hundredth are left to the student.
    """
    if late.rule == "none" or deadline is None:
        return Penalty()
    due = max(deadline, extension) if extension is not None else deadline
    if handed_in is None:
        known = remark or "It is not known when this was handed in."
        return Penalty(0.0, f"{known} Nothing is taken for lateness.")
    over = handed_in - due
    if over <= timedelta():
        return Penalty()
    kind = "extended deadline" if due != deadline else "deadline"
    after = f"Handed in {duration(over.total_seconds())} after the {kind} of {due.isoformat(' ', 'minutes')}"
    if over <= timedelta(minutes=late.grace_minutes):
        return Penalty(0.0, f"{after}, within the grace period.")
    share, reason = _share(late, over)
    # Through the shortest decimal form, as points are written.
    taken = float(Fraction(math.floor(Fraction(repr(earned)) * share * _HUNDREDTHS), _HUNDREDTHS))
    if share == 1:
        taken = earned
    return Penalty(taken, f"{after}: {reason}. {points(taken)} of the {points(earned)} points earned are taken.")


def _share(late: Late, over: timedelta) -> tuple[Fraction, str]:
    """The share of the points that is taken, and the rule that takes it."""
    if late.rule == "cut-off" or late.rate is None:
        return Fraction(1), "nothing counts after the deadline"
    unit, length = _UNITS[late.rule]
    most = Fraction(repr(late.at_most if late.at_most is not None else 1.0))
    share = -(-over // length) * Fraction(repr(late.rate))
    reason = f"{_percent(Fraction(repr(late.rate)))} for each {unit} begun"
    if share > most:
        return most, f"{reason}, {_percent(most)} at most"
    return share, reason


def _percent(share: Fraction) -> str:
    return f"{points(float(share * 100))}%"


@dataclass(frozen=True)
class Lateness:
    """The rule of a course for its students, some of whom have more time.

    `extensions` holds, by the name or number of a student, deadlines of their own by exercise or track.
    """

    course: Course
    extensions: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)

    def counted(
        self, result: ExerciseResult, exercise: Exercise, names: Collection[str], entry: Entry
    ) -> ExerciseResult:
        """The result of a submission with when it was handed in, and what that takes from it.

        `names` are those by which the student is known.
        """
        if entry.source is None:
            return result
        own = [self.extensions[name] for name in set(names) if name in self.extensions]
        more = [time for table in own if (time := dated(table, exercise)) is not None]
        late = self.course.late
        deadline = dated(late.deadlines, exercise)
        taken = penalty(
            result.earned,
            entry.handed_in,
            late,
            deadline,
            max(more, default=None),
            remark=entry.remark,
        )
        return msgspec.structs.replace(
            result,
            handed_in=entry.handed_in,
            attempt=entry.attempt,
            penalty=taken.points,
            late=taken.sentence,
        )


def dated(table: Mapping[str, datetime], exercise: Exercise) -> datetime | None:
    """The time that a table of deadlines has for an exercise: its own, else its track's."""
    return table.get(exercise.name, table.get(exercise.track))


def read_extensions(path: Path, course: Course) -> dict[str, dict[str, datetime]]:
    """The deadlines of single students: a table for each, named like the student, of exercises or tracks.

    Raises:
        CatalogError: the file says something else.
    """
    shown = path.name
    tables = read_table(path, shown)
    try:
        found = msgspec.convert(tables, dict[str, dict[str, datetime]])
    except msgspec.ValidationError as error:
        raise CatalogError(
            f"{shown}: each student's table holds times such as 12_bounded_downloads = 2026-10-01T23:59:00+02:00 "
            f"({error})."
        ) from error
    for student, table in found.items():
        course.check_dated(table, f"{shown}: table {student!r}")
        for name, time in table.items():
            if time.tzinfo is None:
                raise CatalogError(f"{shown}: table {student!r}: the time of {name!r} needs an offset.")
    return found


def unknown(extensions: Iterable[str], result: ClassResult) -> tuple[str, ...]:
    """Those who have more time and handed in nothing, or are misspelt."""
    known = {name for student in result.students for name in (student.student, student.ident)}
    return tuple(name for name in extensions if name not in known)
