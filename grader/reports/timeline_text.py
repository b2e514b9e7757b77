"""The timeline for terminals: shape carries the meaning, colour repeats it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.cells import cell_len
from rich.text import Text

from grader.messages import later, tr
from grader.records.trace import Trace
from grader.reports.timeline import Pin, Row, Timeline, lay_out
from grader.reports.wrapping import few_lines, flow, shorten

_NARROWEST = 30
_GAP = 2
_PIN_LINES = 3
_OPEN_TAIL = 4  # Cells kept free to the right of the last moment for bars that never ended.

# Tones of one brightness, legible on dark and light terminals and told apart by colour-blind eyes.
_STYLES = {
    "█": "#3d8fd1",
    "▒": "#d08a00",
    "▓": "#cc5fa0",
    "×": "bold #d9541e",
    "┄": "#3d8fd1",
    "·": "bright_black",
    "▲": "bold #d9541e",
}
_LEGEND = {
    "█": later("ran"),
    "▒": later("cancelled"),
    "▓": later("event loop blocked"),
    "×": later("raised"),
    "·": later("waited"),
    "┄": later("never ended"),
}


def timeline_text(trace: Trace, *, width: int = 80, max_rows: int = 20) -> Text:
    """Return the picture of `trace` in lines of at most `width` cells.

    Every colour repeats what a character already says, so the plain text loses nothing.
    """
    width = max(width, _NARROWEST)
    picture = lay_out(trace, max_rows=max_rows, max_ticks=max(2, width // 12))
    if picture.empty:
        return Text(picture.sentence)
    drawing = _Drawing(picture, width)
    return Text("\n", no_wrap=True, end="").join(drawing.lines())


class _Drawing:
    """One picture being drawn: columns for labels, a gap, columns for bars."""

    def __init__(self, picture: Timeline, width: int) -> None:
        self.picture = picture
        self.width = width
        longest = max((cell_len(row.label) for row in picture.rows), default=0)
        self.margin = min(longest, max(10, width // 3)) + _GAP
        self.columns = width - self.margin
        self.scale = _even(self.columns - (_OPEN_TAIL if picture.open else 0), picture)

    def lines(self) -> Iterator[Text]:
        yield self._axis()
        used: set[str] = set()
        for row in self.picture.rows:
            if row.skipped:
                yield self._more(row.skipped)
            shapes = self._shapes(row)
            used.update(shapes)
            yield self._label(row.label) + _annotated(shapes, row, self.columns)
        if self.picture.more_rows:
            yield self._more(self.picture.more_rows)
        for pin in self.picture.pins:
            yield from self._pin(pin)
        if self.picture.more_pins:
            yield self._more(self.picture.more_pins)
        if used - {"█", " "}:
            yield from self._legend(used)

    def _column(self, share: float) -> int:
        return round(share * self.scale)

    def _axis(self) -> Text:
        line = ""
        for tick in self.picture.ticks:
            # The last number would stand beyond the edge, so it ends there instead.
            column = min(self._column(tick.at), self.columns - len(tick.text))
            if not line or column > len(line):
                line = line.ljust(column) + tick.text
        return Text(" " * self.margin + line, style="dim")

    def _label(self, label: str) -> Text:
        label = shorten(label, self.margin - _GAP)
        return Text(label + " " * (self.margin - cell_len(label)))

    def _shapes(self, row: Row) -> str:
        left = min(self._column(row.left), self.scale - 1)
        right = max(self._column(row.right), left + 1)
        waited = min(self._column(row.waited), left)
        bar = _filling(row) * (right - left)
        if row.ending == "raised":
            bar = bar[:-1] + "×"
        if row.ending == "open":
            bar += "┄" * (self.columns - right)
        return " " * waited + "·" * (left - waited) + bar

    def _pin(self, pin: Pin) -> Iterator[Text]:
        """The triangle beneath its moment, its words on the side that has room for them."""
        column = self.margin + min(self._column(pin.at), self.columns - 1)
        right, left = self.width - column - 2, column - 1
        on_right = right >= min(left, cell_len(pin.text), max(24, self.width // 3))
        words = few_lines(pin.text, right if on_right else left, _PIN_LINES)
        block = max(cell_len(line) for line in words)
        for number, line in enumerate(words):
            if on_right:
                yield Text(" " * column) + _coloured("▲" if number == 0 else " ") + Text(f" {line}")
            elif number == 0:
                yield Text(" " * (left - block) + line + " " * (block - cell_len(line) + 1)) + _coloured("▲")
            else:
                yield Text(" " * (left - block) + line)

    def _more(self, count: int) -> Text:
        return Text(" " * self.margin + tr("… {count:,} more", count=count), style="dim")

    def _legend(self, used: set[str]) -> Iterator[Text]:
        entries = [
            _coloured(shape) + Text(f" {tr(meaning)}", style="dim")
            for shape, meaning in _LEGEND.items()
            if shape in used
        ]
        indent = max(0, min(self.margin, self.width - max(entry.cell_len for entry in entries)))
        yield from flow(entries, self.width, indent=indent)


def _even(columns: int, picture: Timeline) -> int:
    """Use a few cells less where that makes all steps of the scale, and so equal bars, equally long."""
    if len(picture.ticks) < 2 or not picture.ticks[1].at:
        return columns
    step = picture.ticks[1].at
    return max(round(int(columns * step) / step), columns * 3 // 4)


def _filling(row: Row) -> str:
    if row.kind == "blocked":
        return "▓"
    return "▒" if row.ending == "cancelled" else "█"


def _annotated(shapes: str, row: Row, columns: int) -> Text:
    """Write what happened to the right of the bar, within it, or to its left: where there is room."""
    right = len(shapes)
    left = len(shapes.replace("·", " ").rstrip()) - len(shapes.replace("·", " ").strip())
    for note in row.notes:
        length = cell_len(note)
        if right + 1 + length <= columns:
            return _coloured(shapes) + Text(f" {note}")
        if right - left >= length + 4:
            # An error stands beside its cross, a blockage in the middle of what it blocks.
            stop = right - (1 if row.ending == "raised" else (right - left - length - 2) // 2)
            return _coloured(shapes[: stop - length - 2]) + Text(f" {note} ") + _coloured(shapes[stop:])
        if left >= length + 1:
            return Text(" " * (left - length - 1) + f"{note} ") + _coloured(shapes[left:])
    return _coloured(shapes)


def _coloured(shapes: str) -> Text:
    text = Text()
    for shape, run in groupby(shapes):
        text.append("".join(run), _STYLES.get(shape))
    return text
