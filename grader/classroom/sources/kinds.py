"""What kind of submissions lies at a place, told from names alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from grader.classroom.folders import printable
from grader.classroom.sources.archives import is_archive_name
from grader.classroom.sources.layouts import canvas_name, moodle_name
from grader.classroom.submissions import SubmissionsError

Kind = Literal["folders", "archive", "moodle", "canvas", "nbgrader", "git"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: What lies beside `submitted/` in a course of nbgrader's.
_OF_NBGRADER = {"nbgrader_config.py", "gradebook.db"}


@dataclass(frozen=True)
class Look:
    """The visible names at the top of what was handed in.

    `stamped` are the folders that hold an `ASSIGNMENT/timestamp.txt`, `repositories` those that are Git repositories.
    """

    folders: Collection[str] = ()
    files: Collection[str] = ()
    stamped: Collection[str] = ()
    repositories: Collection[str] = ()
    is_archive: bool = False


def recognise(look: Look) -> Kind:
    """The kind of what was handed in.

    What only some of a class show is not told from what one student put there, and decides nothing alone.

    Raises:
        SubmissionsError: it may be one of several, or is none.
    """
    if "submitted" in look.folders and (_OF_NBGRADER & {*look.files} or "source" in look.folders):
        return "nbgrader"
    named: Mapping[Kind, Callable[[str], object]] = {"moodle": moodle_name, "canvas": canvas_name}
    for kind, parse in named.items():
        fitting = [name for name in (*look.folders, *look.files) if parse(name)]
        others = [name for name in (*look.folders, *filter(_is_work, look.files)) if not parse(name)]
        # Canvas has no folders, and a folder's name may look like one of its files'.
        if fitting and (kind == "moodle" or not look.folders):
            return _unless_mixed(kind, fitting, others)
    if look.folders:
        return _of_folders(look)
    if any(map(is_archive_name, look.files)) and not look.is_archive:
        return "archive"
    raise SubmissionsError("it needs one folder or one archive for each student.")


def _of_folders(look: Look) -> Kind:
    marked: Mapping[Kind, Collection[str]] = {"nbgrader": look.stamped, "git": look.repositories}
    for kind, found in marked.items():
        if 2 * len(found) > len(look.folders):
            return _unless_mixed(kind, found, [name for name in look.folders if name not in found])
    packed = [name for name in look.files if is_archive_name(name)]
    if packed and not look.is_archive:
        return _unless_mixed("archive", packed, list(look.folders))
    return "archive" if look.is_archive else "folders"


def _unless_mixed(kind: Kind, fitting: Collection[str], others: Collection[str]) -> Kind:
    if not others:
        return kind
    shown = "a Git repository" if kind == "git" else f"of the kind {kind!r}"
    other = "archive" if is_archive_name(min(others)) else "folders"
    raise SubmissionsError(
        f"{printable(min(fitting))} seems to be {shown}, and {printable(min(others))} does not: name the kind with "
        f"--from {kind} or --from {other}."
    )


def _is_work(name: str) -> bool:
    return name.endswith(".py") or is_archive_name(name)
