"""What was found, for a person to judge: lines in the terminal, pages with both sources side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.text import Text

from grader.exports.files import named
from grader.reports.clean import clean
from grader.reports.templating import environment
from grader.reports.wrapping import shorten
from grader.similarity.alike import Findings, Handed, Match
from grader.similarity.words import covered

#: Said wherever likeness is shown.
CAUTION = (
    "Likeness is no proof: short exercises have few solutions, and students talk to each other. "
    "A person has to read both."
)
#: Lines shown around what both have, and lines shown of one file at most.
_AROUND, _MOST_LINES, _LONGEST_LINE = 3, 400, 300


@dataclass(frozen=True)
class _Line:
    """One line of a source; without a number, lines are left out here. `block` counts the common parts, from 1."""

    number: int | None
    text: str
    block: int | None = None
    given: bool = False
    begins: bool = False


def in_terminal(findings: Findings) -> Text:
    """The pairs of an exercise, one on a line."""
    text = Text()
    text.append(f"{findings.exercise}", style="bold")
    text.append(f"  {_counted(findings)}\n", style="dim")
    for match in findings.matches:
        text.append(f"  {_percent(match):>4}  ")
        text.append(f"{clean(match.first.students[0])} – {clean(match.second.students[0])}")
        text.append(f"{_others(match)}{_published(match)}\n", style="dim")
    if findings.more:
        text.append(f"  and {findings.more} more pairs\n", style="dim")
    return text


def index_page(every: Sequence[Findings]) -> str:
    """The page that lists the exercises."""
    template = environment().get_template("similar_index.html.j2")
    rows = [(found, f"{found.exercise}.html", _percent(found.matches[0]) if found.matches else "–") for found in every]
    return template.render(rows=rows, caution=CAUTION)


def exercise_page(findings: Findings) -> str:
    """The page of one exercise: its pairs, the most alike first, the matching parts side by side."""
    template = environment().get_template("similar.html.j2")
    pairs = [
        (match, _percent(match), _others(match), _published(match), _rows(findings, match))
        for match in findings.matches
    ]
    published = [(path, _names(students)) for path, students in findings.published.items()]
    return template.render(
        findings=findings, counted=_counted(findings), pairs=pairs, published=published, caution=CAUTION
    )


def _rows(findings: Findings, match: Match) -> list[tuple[_Line | None, _Line | None]]:
    first = [(block.first, number) for number, block in enumerate(match.blocks, 1)]
    second = [(block.second, number) for number, block in enumerate(match.blocks, 1)]
    sides = (_side(findings, match.first, first), _side(findings, match.second, second))
    return list(zip_longest(*sides))


def _side(findings: Findings, handed: Handed, blocks: Sequence[tuple[tuple[int, int], int]]) -> list[_Line]:
    """The lines of one source with the common parts marked, and what lies far from them left out."""
    source = handed.source
    in_block = {line: number for (start, end), number in blocks for line in range(start, end + 1)}
    stub = covered(source, findings.stub)
    own_lines = {word.line for place, word in enumerate(source.words) if place not in stub}
    given = {source.words[place].line for place in stub} - own_lines
    near = {line + step for line in in_block for step in range(-_AROUND, _AROUND + 1)}
    shown: list[_Line] = []
    for number, text in enumerate(source.lines, 1):
        if len(shown) >= _MOST_LINES:
            shown.append(_Line(None, "…"))
            break
        if number in near:
            block = None if number in given else in_block.get(number)
            begins = block is not None and block not in {line.block for line in shown}
            shown.append(_Line(number, shorten(text, _LONGEST_LINE), block, number in given, begins))
        elif shown and shown[-1].number is not None:
            shown.append(_Line(None, "…"))
    return shown


def _counted(findings: Findings) -> str:
    said = [_plural(findings.submissions, "submission")]
    if findings.short:
        said.append(f"{findings.short} with too little of their own to compare")
    if held := sum(map(len, findings.published.values())):
        said.append(f"{held} like a published solution")
    return ", ".join(said)


def _percent(match: Match) -> str:
    # Rounded down: 100 % is the same program.
    return f"{int(match.likeness * 100)}%"


def _others(match: Match) -> str:
    return f", and the same by {_names(match.others)}" if match.others else ""


def _published(match: Match) -> str:
    return f"; both like {match.published}" if match.published else ""


def _names(students: Sequence[str]) -> str:
    return named([clean(student) for student in students])


def _plural(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
