"""A badge that says how many points there are: a picture, or what shields.io makes one of."""

from __future__ import annotations

from typing import NamedTuple
from xml.sax.saxutils import escape

import msgspec
from rich.cells import cell_len

from grader.exports.reading import final_total
from grader.records.results import StudentResult
from grader.reports.wording import points

LABEL = "exercises"
#: The least share of the points for each colour, and its name at shields.io. No two differ in hue alone.
_COLOURS = ((1.0, "#1a7f37", "success"), (0.5, "#9a6700", "yellow"), (0.0, "#b35900", "orange"))
_UNKNOWN = ("#6e7781", "lightgrey")
_CELL, _PADDING = 7, 8


class _Badge(NamedTuple):
    text: str
    colour: str
    name: str


def svg(student: StudentResult) -> str:
    """The badge as a picture that loads nothing from elsewhere."""
    badge = _of(student)
    left, right = (_CELL * cell_len(text) + 2 * _PADDING for text in (LABEL, badge.text))
    said, label = escape(f"{LABEL}: {badge.text}", {'"': "&quot;"}), escape(LABEL)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{said}">'
        f"<title>{said}</title>"
        f'<rect width="{left}" height="20" fill="#24292f"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{badge.colour}"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">'
        f'<text x="{left / 2:g}" y="14" textLength="{left - 2 * _PADDING}">{label}</text>'
        f'<text x="{left + right / 2:g}" y="14" textLength="{right - 2 * _PADDING}">{escape(badge.text)}</text>'
        "</g></svg>\n"
    )


def shields(student: StudentResult) -> str:
    """The badge as an endpoint of shields.io: https://shields.io/badges/endpoint-badge"""
    badge = _of(student)
    made = {"schemaVersion": 1, "label": LABEL, "message": badge.text, "color": badge.name}
    return msgspec.json.encode(made).decode() + "\n"


def _of(student: StudentResult) -> _Badge:
    score = final_total(student)
    if score is None:
        return _Badge("not final" if student.exercises else "none yet", *_UNKNOWN)
    share = score / student.points if student.points else 0.0
    colour, name = next((colour, name) for least, colour, name in _COLOURS if share >= least)
    return _Badge(f"{points(score)} / {points(student.points)}", colour, name)
