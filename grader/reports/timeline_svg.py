"""The timeline for pages: one self-contained SVG, without scripts and without anything to load."""

from __future__ import annotations

from importlib.resources import files
from xml.etree import ElementTree

from rich.cells import cell_len

from grader.messages import later, tr
from grader.records.trace import Trace
from grader.reports.timeline import Pin, Row, Timeline, lay_out
from grader.reports.wording import duration
from grader.reports.wrapping import few_lines, shorten

_WIDTH = 800.0
_PAD = 16.0
_CELL = 7.25  # The advance of one character at 12 px in the usual monospaced fonts, rounded up.
_LONGEST_LABEL = 30
_LINE = 16.0
_ROW = 22.0
_BAR = 14.0
_GAP_ROW = 18.0
_OPEN_TAIL = 36.0
_SMALLEST = 3.0  # A bar that took no time is still a bar.
_PIN_LINES = 3
_SPOKEN_ROWS = 12
_ENDINGS = {
    "done": later("ran"),
    "raised": later("raised"),
    "cancelled": later("was cancelled"),
    "open": later("never ended"),
}
_LEGEND = {
    "ran": later("ran"),
    "cancelled": later("cancelled"),
    "blocked": later("event loop blocked"),
    "raised": later("raised"),
    "waited": later("waited"),
    "open": later("never ended"),
}


def timeline_svg(trace: Trace, *, ident: str = "timeline", max_rows: int = 40) -> str:
    """Return the picture of `trace` as an SVG element; the same trace gives the same text.

    `ident` starts the ids inside the picture: give each picture on a page its own.
    """
    return _Drawing(lay_out(trace, max_rows=max_rows, max_ticks=6), ident).svg()


class _Drawing:
    """One picture being drawn, from the top down."""

    def __init__(self, picture: Timeline, ident: str) -> None:
        self.picture = picture
        self.ident = ident
        longest = max((cell_len(row.label) for row in picture.rows), default=0)
        self.left = _PAD + min(longest, _LONGEST_LABEL) * _CELL + (12.0 if longest else 0.0)
        self.right = _WIDTH - _PAD
        self.scale = self.right - self.left - (_OPEN_TAIL if picture.open else 0.0)
        self.top = _PAD
        self.used: set[str] = set()
        self.root = ElementTree.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "class": "timeline",
                "role": "img",
                "aria-labelledby": f"{ident}-title {ident}-desc",
            },
        )

    def svg(self) -> str:
        """Draw everything and return the text."""
        self._head()
        if self.picture.empty:
            self._text(_PAD, self.top + 12, self.picture.sentence, "note")
            self.top += _LINE
        else:
            self._body()
        height = self.top + _PAD - 4
        self.root.set("viewBox", f"0 0 {_number(_WIDTH)} {_number(height)}")
        self.root.set("width", _number(_WIDTH))
        self.root.set("height", _number(height))
        ElementTree.SubElement(self.card, "rect", _attributes("card", 0.5, 0.5, _WIDTH - 1, height - 1, 8))
        ElementTree.indent(self.root)
        return ElementTree.tostring(self.root, encoding="unicode") + "\n"

    def _head(self) -> None:
        """The words for those who do not see the picture, the colours, the hatchings."""
        title = ElementTree.SubElement(self.root, "title", {"id": f"{self.ident}-title"})
        title.text = tr("Timeline. {sentence}", sentence=self.picture.sentence)
        description = ElementTree.SubElement(self.root, "desc", {"id": f"{self.ident}-desc"})
        description.text = _spoken(self.picture)
        style = ElementTree.SubElement(self.root, "style")
        style.text = files("grader.reports").joinpath("templates/timeline.css").read_text(encoding="utf-8")
        definitions = ElementTree.SubElement(self.root, "defs")
        self._hatching(definitions, "cancelled", 6, "M0 0V6")
        self._hatching(definitions, "blocked", 6, "M0 0V6M0 0H6")
        self.card = ElementTree.SubElement(self.root, "g")

    def _hatching(self, parent: ElementTree.Element, name: str, size: float, path: str) -> None:
        side = _number(size)
        pattern = ElementTree.SubElement(
            parent,
            "pattern",
            {
                "id": f"{self.ident}-{name}",
                "class": name,
                "width": side,
                "height": side,
                "patternUnits": "userSpaceOnUse",
                "patternTransform": "rotate(45)",
            },
        )
        ElementTree.SubElement(pattern, "rect", {"class": "ground", "width": side, "height": side})
        ElementTree.SubElement(pattern, "path", {"class": "line", "d": path})

    def _body(self) -> None:
        grid = ElementTree.SubElement(self.root, "g")
        moments = ElementTree.SubElement(self.root, "g")
        self._axis()
        first = self.top
        for row in self.picture.rows:
            self._more(row.skipped)
            self._row(row)
        self._more(self.picture.more_rows)
        last = self.top
        for tick in self.picture.ticks:
            self._vertical(grid, "grid", tick.at, first - 4, last)
        for pin in self.picture.pins:
            self._vertical(moments, f"moment {pin.kind}", pin.at, first - 4, self.top + 2)
            self._pin(pin)
        self._more(self.picture.more_pins)
        if self.used - {"ran"}:
            self._legend()

    def _x(self, share: float) -> float:
        return self.left + share * self.scale

    def _text(
        self, x: float, y: float, words: str, name: str, parent: ElementTree.Element | None = None
    ) -> ElementTree.Element:
        group = self.root if parent is None else parent
        text = ElementTree.SubElement(group, "text", {"class": name, "x": _number(x), "y": _number(y)})
        text.text = words
        return text

    def _vertical(self, parent: ElementTree.Element, name: str, at: float, top: float, bottom: float) -> None:
        path = f"M{_number(self._x(at))} {_number(top)}V{_number(bottom)}"
        ElementTree.SubElement(parent, "path", {"class": name, "d": path})

    def _axis(self) -> None:
        for tick in self.picture.ticks:
            # Near the right edge a number ends at its line instead of being centred on it.
            near_edge = self._x(tick.at) + len(tick.text) * _CELL / 2 > self.right
            text = self._text(self._x(tick.at), self.top + 8, tick.text, "tick end" if near_edge else "tick")
            if tick.at == 0:
                text.set("class", "tick start")
        self.top += _LINE + 4

    def _more(self, count: int) -> None:
        if count:
            self._text(self.left, self.top + 12, f"… {count:,} more", "note")
            self.top += _GAP_ROW

    def _row(self, row: Row) -> None:
        group = ElementTree.SubElement(self.root, "g", {"class": f"row {row.kind}"})
        ElementTree.SubElement(group, "title").text = _row_words(row)
        middle = self.top + _ROW / 2
        self._text(_PAD, middle + 4, shorten(row.label, _LONGEST_LABEL), "label", group)
        left = min(self._x(row.left), self.left + self.scale - _SMALLEST)
        right = max(self._x(row.right), left + _SMALLEST)
        waited = min(self._x(row.waited), left)
        if left - waited > 2:
            self.used.add("waited")
            path = f"M{_number(waited + 1)} {_number(middle)}H{_number(left - 2)}"
            ElementTree.SubElement(group, "path", {"class": "waited", "d": path})
        self._bar(group, row, left, right, middle)
        self.top += _ROW

    def _bar(self, group: ElementTree.Element, row: Row, left: float, right: float, middle: float) -> None:
        name = _bar_name(row)
        self.used.add(name)
        bar = _attributes(f"bar {name}", left, middle - _BAR / 2, right - left, _BAR, 2)
        if name in ("cancelled", "blocked"):
            bar["fill"] = f"url(#{self.ident}-{name})"
        ElementTree.SubElement(group, "rect", bar)
        if row.ending == "open":
            self.used.add("open")
            top, bottom = _number(middle - _BAR / 2 + 1), _number(middle + _BAR / 2 - 1)
            edge = _number(self.right)
            path = f"M{_number(right)} {top}H{edge}M{_number(right)} {bottom}H{edge}"
            ElementTree.SubElement(group, "path", {"class": "open", "d": path})
        if row.ending == "raised":
            self.used.add("raised")
            self._cross(group, max(right - _BAR / 2, left + _SMALLEST), middle)
        self._note(group, row, left, right, middle)

    def _cross(self, group: ElementTree.Element, x: float, y: float) -> None:
        centre = {"cx": _number(x), "cy": _number(y), "r": _number(_BAR / 2)}
        ElementTree.SubElement(group, "circle", {"class": "raised", **centre})
        path = f"M{_number(x - 3)} {_number(y - 3)}l6 6m0 -6l-6 6"
        ElementTree.SubElement(group, "path", {"class": "cross", "d": path})

    def _note(self, group: ElementTree.Element, row: Row, left: float, right: float, middle: float) -> None:
        """Say what happened to the right of the bar, within it or to its left: where there is room."""
        for note in row.notes:
            length = cell_len(note) * _CELL + 12
            y = middle + 4
            if right + length <= self.right:
                self._text(right + 8, y, note, "note", group)
            elif right - left >= length + 2 * _BAR:
                stop = right - _BAR if row.ending == "raised" else (left + right + length) / 2
                plate = _attributes("plate", stop - length, middle - 8, length, 16, 3)
                ElementTree.SubElement(group, "rect", plate)
                self._text(stop - 6, y, note, "note end", group)
            elif left - length >= self.left:
                plate = _attributes("plate", left - length - 2, middle - 8, length, 16, 3)
                ElementTree.SubElement(group, "rect", plate)
                self._text(left - 8, y, note, "note end", group)
            else:
                continue
            return

    def _pin(self, pin: Pin) -> None:
        group = ElementTree.SubElement(self.root, "g", {"class": f"pin {pin.kind}"})
        ElementTree.SubElement(group, "title").text = pin.text
        x = self._x(pin.at)
        path = f"M{_number(x)} {_number(self.top + 2)}l6 10h-12z"
        ElementTree.SubElement(group, "path", {"class": "triangle", "d": path})
        right, left = int((self.right - x - 12) / _CELL), int((x - 12 - _PAD) / _CELL)
        on_right = right >= min(left, cell_len(pin.text), 40)
        for line in few_lines(pin.text, right if on_right else left, _PIN_LINES):
            place = x + 12 if on_right else x - 12
            self._text(place, self.top + 12, line, "words" if on_right else "words end", group)
            self.top += _LINE
        self.top += 4

    def _legend(self) -> None:
        self.top += 8
        x = self.left
        middle = self.top + _ROW / 2
        for name, meaning in _LEGEND.items():
            if name not in self.used:
                continue
            words = tr(meaning)
            if x + 28 + cell_len(words) * _CELL > self.right and x > self.left:
                x, self.top, middle = self.left, self.top + _ROW, middle + _ROW
            group = ElementTree.SubElement(self.root, "g", {"class": "legend"})
            self._sample(group, name, x, middle)
            self._text(x + 28, middle + 4, words, "note", group)
            x += 28 + cell_len(words) * _CELL + 18
        self.top += _ROW

    def _sample(self, group: ElementTree.Element, name: str, x: float, middle: float) -> None:
        if name == "raised":
            self._cross(group, x + 13, middle)
        elif name == "waited":
            path = f"M{_number(x + 1)} {_number(middle)}h20"
            ElementTree.SubElement(group, "path", {"class": "waited", "d": path})
        elif name == "open":
            path = f"M{_number(x)} {_number(middle - 5)}h22m-22 10h22"
            ElementTree.SubElement(group, "path", {"class": "open", "d": path})
        else:
            bar = _attributes(f"bar {name}", x, middle - 5, 22, 10, 2)
            if name != "ran":
                bar["fill"] = f"url(#{self.ident}-{name})"
            ElementTree.SubElement(group, "rect", bar)


def _number(value: float) -> str:
    """One decimal is finer than any screen, and keeps the text short and the same everywhere."""
    return f"{value:.1f}".removesuffix(".0")


def _attributes(name: str, x: float, y: float, width: float, height: float, radius: float) -> dict[str, str]:
    sizes = {"x": x, "y": y, "width": width, "height": height, "rx": radius}
    return {"class": name, **{key: _number(value) for key, value in sizes.items()}}


def _bar_name(row: Row) -> str:
    if row.kind == "blocked":
        return "blocked"
    return "cancelled" if row.ending == "cancelled" else "ran"


def _row_words(row: Row) -> str:
    words = tr(
        "{name} {did} from {start} to {end}",
        name=row.name,
        did=tr("blocked the event loop") if row.kind == "blocked" else tr(_ENDINGS[row.ending]),
        start=duration(row.start),
        end=duration(row.end),
    )
    return f"{words}{tr(', ')}{row.detail}" if row.detail else words


def _spoken(picture: Timeline) -> str:
    """The picture in sentences, as far as anyone would listen."""
    sentences = [_row_words(row) for row in picture.rows[:_SPOKEN_ROWS]]
    more = picture.more_rows + sum(row.skipped for row in picture.rows) + len(picture.rows) - len(sentences)
    if more > 0:
        sentences.append(tr("{count:,} more are not read out", count=more))
    sentences += [pin.text for pin in picture.pins]
    return tr(". ").join(sentences) + tr(". ").rstrip() if sentences else picture.sentence
