"""Whose is what: the ways in which folders and course systems name what students handed in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grader.classroom.folders import RefusedError, printable
from grader.classroom.sources.archives import is_archive_name, opener, stem
from grader.classroom.sources.packed import PackedTree
from grader.classroom.sources.tree import Renamed, Spoilt, Top, Tree
from grader.classroom.submissions import Part, Student

_LATE = "Canvas marks it as late, but does not say when it was handed in."
#: The file in which nbgrader keeps when it received an assignment.
TIMESTAMP = "timestamp.txt"


def folders(tree: Tree) -> list[Student]:
    """One folder for each student."""
    homes = {top.name: tree.below(top.name) for top in tree.tops() if top.is_folder}
    return [Student(printable(name), _with_archives(home, Part(home))) for name, home in homes.items()]


def archives(tree: Tree) -> list[Student]:
    """One archive for each student; a folder among them is a student's too."""
    packed = [top.name for top in tree.tops() if not top.is_folder and is_archive_name(top.name)]
    unpacked = folders(tree)
    # Where names are the same but for their suffix, that tells them apart.
    names = Counter([*map(stem, packed), *(top.name for top in tree.tops() if top.is_folder)])
    return unpacked + [
        Student(printable(name if names[stem(name)] > 1 else stem(name)), (Part(_archive(tree, name)),))
        for name in packed
    ]


@dataclass(frozen=True)
class MoodleName:
    """`Ada Lovelace_1234567_assignsubmission_file_` as Moodle writes it; `rest` is set in flat downloads only."""

    name: str
    ident: str
    plugin: str
    rest: str


_MOODLE = re.compile(
    r"(?P<name>.+?)(?:_(?P<ident>[0-9]+))?_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<rest>.*))?", re.DOTALL
)


def moodle_name(text: str) -> MoodleName | None:
    """What a name in a download of Moodle's says, or None where it is none."""
    found = _MOODLE.fullmatch(text)
    return found and MoodleName(found["name"], found["ident"] or "", found["plugin"], found["rest"] or "")


def moodle(tree: Tree) -> list[Student]:
    """A download of Moodle's: a folder for each student and way of handing in, or flat files.

    What was typed into Moodle's text field is HTML, and no file.
    """
    found: dict[tuple[str, str], _Gathered] = {}
    for top in tree.tops():
        if (said := moodle_name(top.name)) is None:
            continue
        gathered = found.setdefault((said.name, said.ident), _Gathered(tree))
        if said.plugin == "onlinetext":
            gathered.remark = "The answer was typed into Moodle's text field; a file must be handed in."
        elif said.plugin == "file" and top.is_folder:
            inside = tree.below(top.name)
            gathered.parts += _with_archives(inside, Part(inside))
        elif said.plugin == "file":
            gathered.names[said.rest] = top.name
    return [
        Student(printable(name), gathered.all_parts(), printable(ident)) for (name, ident), gathered in found.items()
    ]


@dataclass(frozen=True)
class CanvasName:
    """`lovelaceada_LATE_12345_67890_bounded_downloads-1.py` as Canvas writes it.

    `file` is the name that the student gave it, and `attempt` the number of files of this name so far.
    """

    name: str
    ident: str
    late: bool
    file: str
    attempt: int | None


_WHO = r"(?:(?P<name>.+?)_(?P<late>LATE_)?(?P<ident>[0-9]+)|(?P<anonymous_late>LATE_)?(?P<anonymous>anon_[^_]+))_"
_CANVAS = re.compile(_WHO + r"[0-9]+_(?P<file>.+)", re.DOTALL)
_TYPED = re.compile(_WHO + r"(?P<file>text|link)\.html", re.DOTALL)
_AGAIN = re.compile(
    r"(?P<stem>.+?)-(?:(?P<count>[1-9][0-9]?)|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?P<suffix>(?:\.[A-Za-z0-9]+)*)",
    re.DOTALL,
)


def canvas_name(text: str) -> CanvasName | None:
    """What a name in a download of Canvas's says, or None where it is none."""
    found = _CANVAS.fullmatch(text) or _TYPED.fullmatch(text)
    if found is None:
        return None
    again = _AGAIN.fullmatch(found["file"])
    file = again["stem"] + again["suffix"] if again else found["file"]
    attempt = 1 if again is None else int(again["count"]) + 1 if again["count"] else None
    # Names are written in small letters, so that none of them can hold the mark.
    late = bool(found["late"] or found["anonymous_late"])
    return CanvasName(found["name"] or found["anonymous"], found["ident"] or found["anonymous"], late, file, attempt)


def canvas(tree: Tree) -> list[Student]:
    """A download of Canvas's: flat files, whose names say whose they are."""
    found: dict[tuple[str, str], _Gathered] = {}
    for top in tree.tops():
        if (said := canvas_name(top.name)) is None or top.is_folder:
            continue
        gathered = found.setdefault((said.name, said.ident), _Gathered(tree))
        if said.file in ("text", "link"):
            gathered.remark = "The answer was typed into Canvas's text field; a file must be handed in."
            continue
        one = _Gathered(tree, {said.file: top.name}).all_parts()
        remark = _LATE if said.late else ""
        gathered.parts += [replace(part, attempt=said.attempt, remark=remark) for part in one]
    return [
        Student(printable(name), gathered.all_parts(), printable(ident)) for (name, ident), gathered in found.items()
    ]


def nbgrader(tree: Tree) -> list[Student]:
    """nbgrader's `submitted/STUDENT/ASSIGNMENT/`, or a course's folder that holds it."""
    if Top("submitted", True) in tree.tops():
        tree = tree.below("submitted")
    students = []
    for top in tree.tops():
        if top.is_folder:
            home = tree.below(top.name)
            parts = [part for each in home.tops() if each.is_folder for part in _assignment(home, each.name)]
            # Without one, what is wrong with the student's folder itself is still to be said.
            students.append(Student(printable(top.name), tuple(parts) or (Part(home),)))
    return students


def _assignment(home: Tree, name: str) -> tuple[Part, ...]:
    inside = home.below(name)
    handed_in, remark = _timestamp(inside)
    return _with_archives(inside, Part(inside, handed_in, remark=remark, label=f"{printable(name)}/"))


def _timestamp(tree: Tree) -> tuple[datetime | None, str]:
    """When nbgrader received an assignment: `2026-10-01 21:59:00.123456 UTC`, or another zone's offset."""
    try:
        text = tree.read(TIMESTAMP).decode().strip()
    except FileNotFoundError:
        return None, ""
    except (RefusedError, OSError):
        return None, f"Its {TIMESTAMP} cannot be read."
    time = parsed_timestamp(text)
    return time, "" if time else f"Its {TIMESTAMP} holds no time."


_TIME = re.compile(r"(?P<day>[0-9-]{10})[ T](?P<time>[0-9:.+-]+)(?: (?P<zone>\S+))?")


def parsed_timestamp(text: str) -> datetime | None:
    """The time in nbgrader's `timestamp.txt`, whose zone is an offset or a name; without one it is UTC."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    zone = found["zone"] or ""
    offset = zone if zone.startswith(("+", "-")) else ""
    try:
        time = datetime.fromisoformat(f"{found['day']} {found['time']}{offset}")
        if time.tzinfo is None:
            time = time.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
        return time.astimezone(UTC)
    except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):
        return None


def distinct(students: Iterable[Student]) -> tuple[Student, ...]:
    """The students sorted by name; those who share one are told apart by their numbers, or else counted."""
    found = list(students)
    shared = Counter(student.name for student in found)
    used: set[str] = set()
    named = []
    for student in sorted(found, key=lambda student: (student.name, student.ident)):
        name = base = (
            f"{student.name} ({student.ident})" if shared[student.name] > 1 and student.ident else student.name
        )
        count = 1
        while name in used:
            count += 1
            name = f"{base} [{count}]"
        used.add(name)
        named.append(replace(student, name=name))
    return tuple(sorted(named, key=lambda student: student.name))


@dataclass
class _Gathered:
    """What is found of one student while the names of a download are read."""

    tree: Tree
    names: dict[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    remark: str = ""

    def all_parts(self) -> tuple[Part, ...]:
        flat = [Part(Renamed(self.tree, self.names))] if self.names else []
        packed = [
            Part(_archive(self.tree, actual, shown), label=f"{printable(shown)}/")
            for shown, actual in self.names.items()
            if is_archive_name(shown)
        ]
        found = (*flat, *packed, *self.parts)
        return found or (Part(Spoilt(self.remark)),)


def _with_archives(tree: Tree, part: Part) -> tuple[Part, ...]:
    """A part, and one for each archive at its top: many students hand in one that holds everything."""
    packed = [top.name for top in tree.tops() if not top.is_folder and is_archive_name(top.name)]
    return (
        part,
        *(replace(part, files=_archive(tree, name), label=f"{part.label}{printable(name)}/") for name in packed),
    )


def _archive(tree: Tree, name: str, shown: str = "") -> PackedTree:
    what = printable(shown or name)
    return PackedTree.whole(opener(partial(tree.opened, name), what), what)
