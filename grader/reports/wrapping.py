"""Lines that fit a terminal, in any script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, chop_cells
from rich.text import Text

_CHINESE = "\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_OPENING, _CLOSING = "（《「『【", "，。；：、！？）》」』】…"
# What a line is never broken within: code between backticks, a word, or a Chinese character; and what may not
# begin the next line after it, or end this one before it. A no-break space is part of its word.
_ATOM = re.compile(rf" +|[{_OPENING}]*(?:`[^`\n]*`|[{_CHINESE}]|[^ `{_CHINESE}]+|`)[{_CLOSING}]* *")


def wrap(text: str, cells: int, *, cut: bool = True) -> list[str]:
    """`text` in lines of at most `cells` terminal cells, broken between words, or between Chinese characters.

    Its own line breaks stay. A word that is longer than a line is cut, or, without `cut`, left to the terminal: a path
    can be copied, and clicked, only whole.
    """
    return [line for part in text.split("\n") for line in _lines(part, max(cells, 2), cut)]


def _lines(text: str, cells: int, cut: bool) -> Iterator[str]:
    line = ""
    for atom in _ATOM.findall(text):
        if cell_len(line) + cell_len(atom.rstrip(" ")) <= cells:
            line += atom
            continue
        if line.strip(" "):
            yield line.rstrip(" ")
        *full, line = (chop_cells(atom.rstrip(" "), cells) if cut else [atom.rstrip(" ")]) or [""]
        yield from full
        line += " " * (len(atom) - len(atom.rstrip(" ")))
    yield line.rstrip(" ")


def few_lines(text: str, cells: int, most: int) -> list[str]:
    """`text` in at most `most` lines, the last one shortened where it holds too much."""
    lines = wrap(text, cells)
    lines[most - 1 :] = [" ".join(lines[most - 1 :])] if len(lines) >= most else []
    return [shorten(line, cells) for line in lines]


def hanging(text: str, width: int, margin: int) -> str:
    """`text` for the right of a margin of so many cells: the lines after the first begin beneath it."""
    # Where the margin takes nearly everything, a terminal's own breaks are the lesser evil.
    return f"\n{' ' * margin}".join(wrap(text, max(width - margin, 10)))


def flow(parts: Sequence[Text], width: int, *, gap: int = 3, indent: int = 0) -> list[Text]:
    """`parts` beside each other, `gap` cells apart, in as many lines of `width` cells as they need."""
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + gap + part.cell_len <= width:
            lines[-1] = lines[-1] + Text(" " * gap) + part
        else:
            lines.append(Text(" " * indent) + part)
    return lines


def shorten(text: str, cells: int) -> str:
    """Return `text` in at most `cells` terminal cells, the middle replaced by ``…`` where it is longer.

    The tail keeps more than the head, because addresses differ at their ends.
    """
    if cell_len(text) <= cells:
        return text
    if cells < 1:
        return ""
    tail = (cells - 1) * 3 // 5
    head = cells - 1 - tail
    return _take(text, head) + "…" + _take(reversed(text), tail)[::-1]


def cut_short(text: str, cells: int) -> str:
    """Return the beginning of `text` in at most `cells` terminal cells, with ``…`` where more follows."""
    return text if cell_len(text) <= cells else _take(text, cells - 1) + "…" if cells > 0 else ""


def _take(characters: Iterable[str], cells: int) -> str:
    taken: list[str] = []
    for character in characters:
        cells -= cell_len(character)
        if cells < 0:
            break
        taken.append(character)
    return "".join(taken)
