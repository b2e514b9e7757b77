"""What `course.toml` and `exercise.toml` may say, and one plain sentence where they say another thing."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

from grader.problems import Problem

# An upper bound also keeps out `inf`, which TOML can write.
Points = Annotated[float, msgspec.Meta(gt=0, le=1000)]
CpuSeconds = Annotated[float, msgspec.Meta(gt=0, le=600)]
Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
GraceMinutes = Annotated[float, msgspec.Meta(ge=0, le=60 * 24 * 366)]


class CatalogError(Problem):
    """Something on disk is not as an exercise must be. The text is one sentence that names the file."""


class Track(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of exercises in a course."""

    slug: str
    title: str
    title_zh: str = ""


class Grading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for each exercise that does not say otherwise."""

    cpu_seconds: CpuSeconds = 2.0


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an exercise allows its submissions, where it differs from the course."""

    cpu_seconds: CpuSeconds | None = None


class Late(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is taken from the points of a submission that comes after its deadline.

    `rate` is the share of the points earned that each day or hour begun takes, and `at_most` the largest share.
    Within the grace period nothing is taken; after it, lateness counts from the deadline. Each key of `deadlines`
    is an exercise's name, or a track's slug for those of its exercises that are not named.
    """

    rule: Literal["none", "per-day", "per-hour", "cut-off"] = "none"
    rate: Share | None = None
    at_most: Share | None = None
    grace_minutes: GraceMinutes = 0
    deadlines: dict[str, datetime] = {}

    def __post_init__(self) -> None:
        gradual = self.rule in ("per-day", "per-hour")
        if gradual and self.rate is None:
            raise ValueError(f"rule {self.rule!r} needs a 'rate', such as 0.1")
        for key, value in (("rate", self.rate), ("at_most", self.at_most)):
            if value is not None and not gradual:
                raise ValueError(f"{key!r} means nothing with the rule {self.rule!r}")
        for name, deadline in self.deadlines.items():
            if deadline.tzinfo is None:
                raise ValueError(f"the deadline of {name!r} needs an offset, such as {deadline.isoformat()}+02:00")


class CourseDeclaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `exercises/course.toml`."""

    title: str
    tracks: tuple[Track, ...]
    title_zh: str = ""
    language: Literal["en", "zh-CN"] = "en"
    grading: Grading = Grading()
    late: Late = Late()


class ExerciseDeclaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of an `exercise.toml`."""

    title: str
    track: str
    points: Points
    title_zh: str = ""
    topics: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    hints_zh: tuple[str, ...] = ()
    limits: Limits = Limits()


Declaration = TypeVar("Declaration", CourseDeclaration, ExerciseDeclaration)


def read_declaration(path: Path, kind: type[Declaration], shown: str) -> Declaration:
    """Read a TOML file as `kind`; `shown` is the name of the file in error messages."""
    table = read_table(path, shown)
    if unknown := _unknown_key(table, msgspec.inspect.type_info(kind)):
        raise CatalogError(f"{shown}: {unknown}")
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise CatalogError(f"{shown}: {_in_plain_words(str(error))}") from error


def read_table(path: Path, shown: str) -> dict[str, object]:
    """Read a TOML file; `shown` is its name in error messages."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"{shown}: cannot be read ({error}).") from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(f"{shown}: not valid TOML: {error}.") from error


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'hints'?)`, or nothing where no known word is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _unknown_key(value: object, kind: msgspec.inspect.Type, where: str = "") -> str:
    if isinstance(kind, msgspec.inspect.StructType) and isinstance(value, dict):
        fields = {field.name: field.type for field in kind.fields}
        for key, inner in value.items():
            if key not in fields:
                return f"unknown key {where + key!r}{did_you_mean(key, fields)}"
            if unknown := _unknown_key(inner, fields[key], f"{where}{key}."):
                return unknown
    if isinstance(kind, msgspec.inspect.VarTupleType) and isinstance(value, list):
        for position, inner in enumerate(value):
            if unknown := _unknown_key(inner, kind.item_type, f"{where[:-1]}[{position}]."):
                return unknown
    return ""


def _in_plain_words(complaint: str) -> str:
    """``Expected `str`, got `int` - at `$.title``` -> `key 'title': expected str, got int.`"""
    what, _, path = complaint.partition(" - at ")
    where = path.strip("`").removeprefix("$").removeprefix(".")
    if missing := re.fullmatch(r"Object missing required field `(.+)`", what):
        return f"missing key {'.'.join(filter(None, [where, missing[1]]))!r}."
    words = what.replace("`", "")
    return f"key {where!r}: {words[:1].lower()}{words[1:]}."
