"""A table of a course system's, read from CSV, filled in, and written as it was."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.exports.reading import ExportError

_BOM = "\ufeff"
#: Far more than any course has; what is larger is no roster.
_LARGEST = 64 * 2**20


@dataclass(frozen=True)
class Sheet:
    """The rows of a CSV file, and how it was written: its separator, its line ends, its byte order mark."""

    name: str
    rows: list[list[str]]
    separator: str = ","
    line_end: str = "\n"
    marked: bool = False

    @property
    def header(self) -> list[str]:
        return self.rows[0]

    def column(self, *headings: str) -> int | None:
        """Where the first of these headings stands, whatever the case of its letters."""
        found = [heading.strip().casefold() for heading in self.header]
        return next((found.index(one) for heading in headings if (one := heading.casefold()) in found), None)

    def text(self) -> Iterator[str]:
        """The file, row by row."""
        if self.marked:
            yield _BOM
        yield from written(self.rows, self.separator, self.line_end)


def read_sheet(path: Path) -> Sheet:
    """The sheet in a CSV file, separated by commas or semicolons.

    Raises:
        ExportError: it is none.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ExportError(f"{path} is too large for a roster.")
        text = path.read_bytes().decode()
    except OSError as error:
        raise ExportError(f"The roster {path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise ExportError(f"{path} is not UTF-8: export the roster again, as UTF-8.") from error
    return sheet(text, str(path))


def sheet(text: str, name: str) -> Sheet:
    """`read_sheet` from text."""
    body = text.removeprefix(_BOM)
    first = body.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    try:
        rows = list(csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise ExportError(f"{name} is no table of comma-separated values: {error}.") from error
    if not rows or len(rows[0]) < 2:
        raise ExportError(f"{name} is no table of comma-separated values with a row of headings.")
    return Sheet(name, rows, separator, "\r\n" if first.endswith("\r") else "\n", marked=body != text)


def written(rows: Iterable[list[str]], separator: str = ",", line_end: str = "\n") -> Iterator[str]:
    """Rows as CSV, one at a time."""
    for row in rows:
        file = io.StringIO()
        csv.writer(file, delimiter=separator, lineterminator=line_end).writerow(row)
        yield file.getvalue()


def number(text: str) -> float | None:
    """The number in a cell, with a decimal point or a decimal comma."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def scaled(score: float, ours: float, theirs: float | None) -> float:
    """`score` of `ours`, as a share of `theirs`."""
    return score if not theirs or not ours or theirs == ours else score / ours * theirs
