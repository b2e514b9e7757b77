"""The layout of a timeline: what the picture in the terminal and the picture in a page share.

Positions are shares of the time shown: 0.0 is the left edge, 1.0 the right edge.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import groupby

import msgspec

from grader.messages import later, tr, trn
from grader.records.trace import Mark, MarkKind, Span, SpanEnding, SpanKind, Trace
from grader.reports.clean import clean
from grader.reports.retelling import retell
from grader.reports.wording import duration

_LONGEST_LABEL = 300
_SHORTEST_TIME = 1e-9
_LONGEST_TIME = 1e15  # Some thirty million years: longer than that, arithmetic on ticks loses its meaning.
_NUMBERS = re.compile(r"(\d{1,15})")
_ORIGIN = re.compile(r"(?:https?|wss?)://[^/\s?#]+", re.IGNORECASE)
_SCHEME = re.compile(r"(?:https?|wss?)://", re.IGNORECASE)
_MARK_WORDS: dict[MarkKind, str] = {
    "cancel": later("cancelled"),
    "deadlock": later("deadlock"),
    "livelock": later("livelock"),
    "stuck": later("stuck"),
    "died": later("process ended"),
    "fault": "",
}
_COUNTED: dict[SpanEnding, str] = {
    "cancelled": later("{count} cancelled"),
    "raised": later("{count} raised"),
    "open": later("{count} never ended"),
}
_HALVES = (0.1, 0.2, 0.5)
_DECADES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
# A unit is used from its first number of seconds on; its steps are counted in the unit.
_UNITS: tuple[tuple[float, str, float, tuple[float, ...]], ...] = (
    (172_800, "d", 86_400, ()),
    (7_200, "h", 3_600, (1, 2, 3, 6, 12, 24)),
    (120, "min", 60, (1, 2, 5, 10, 15, 20, 30, 60)),
    (0.5, "s", 1, (*_HALVES, 1, 2, 5, 10, 15, 20, 30, 60)),
    (1e-3, "ms", 1e-3, (*_HALVES, *_DECADES)),
    (0, "µs", 1e-6, (1e-4, 1e-3, 1e-2, *_HALVES, *_DECADES)),
)


class Row(msgspec.Struct, frozen=True):
    """One bar. `waited` is where its wait began, equal to `left` where it did not wait.

    `skipped` counts the rows left out directly above this one.
    """

    label: str
    name: str
    kind: SpanKind
    ending: SpanEnding
    detail: str
    start: float
    end: float
    waited: float
    left: float
    right: float
    skipped: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What happened, in words to be tried in turn until some fit."""
        if self.kind == "blocked":
            long = tr("event loop blocked for {time}", time=duration(self.end - self.start))
            return long, tr("event loop blocked"), tr("blocked")
        return (self.detail,) if self.ending == "raised" and self.detail else ()


class Pin(msgspec.Struct, frozen=True):
    """One moment worth a line of its own."""

    kind: MarkKind
    text: str
    at: float


class Tick(msgspec.Struct, frozen=True):
    """One number on the time scale."""

    text: str
    at: float


class Timeline(msgspec.Struct, frozen=True):
    """A trace, laid out. `sentence` says what the picture shows, or why there is none."""

    rows: tuple[Row, ...]
    pins: tuple[Pin, ...]
    ticks: tuple[Tick, ...]
    seconds: float
    sentence: str
    more_rows: int = 0
    more_pins: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.rows and not self.pins

    @property
    def open(self) -> bool:
        """Whether something on the picture never ended."""
        return any(row.ending == "open" for row in self.rows)


def lay_out(trace: Trace, *, max_rows: int = 24, max_ticks: int = 6, max_pins: int = 6) -> Timeline:
    """Lay out `trace`: the first `max_rows` spans, and among them each kind of trouble that came later."""
    spans = _in_order([_sane(span, trace.end) for span in trace.spans])
    marks = sorted(trace.marks, key=lambda mark: _moment(mark.time))
    ends = [span.end for span in spans] + [_moment(mark.time) for mark in marks]
    seconds = max(ends, default=0.0)
    chosen = _choose(spans, max_rows)
    rows = _rows(spans, chosen, seconds)
    pins = _pins(marks, seconds)
    return Timeline(
        rows=rows,
        pins=pins[:max_pins],
        ticks=_ticks(seconds, max_ticks),
        seconds=seconds,
        sentence=_sentence(spans, pins, seconds),
        more_rows=len(spans) - 1 - chosen[-1] if chosen else len(spans),
        more_pins=max(0, len(pins) - max_pins),
    )


def _in_order(spans: Sequence[Span]) -> list[Span]:
    """By beginning; requests that begin together have no order, and are shown as a person would count them."""
    ordered: list[Span] = []
    by_start = sorted(spans, key=lambda span: span.start)
    for (_, kind), together in groupby(by_start, key=lambda span: (span.start, span.kind)):
        run = list(together)
        ordered += sorted(run, key=lambda span: _counted(span.label)) if kind == "request" else run
    return ordered


def _counted(label: str) -> list[tuple[int, str]]:
    """A key by which ``GET /9`` comes before ``GET /10``."""
    return [(int(part), "") if part.isascii() and part.isdigit() else (0, part) for part in _NUMBERS.split(label[:200])]


def _moment(value: float) -> float:
    """A time that can be drawn: no NaN, nothing before the start, nothing endless."""
    return min(max(value, 0.0), _LONGEST_TIME) if value == value else 0.0


def _sane(span: Span, trace_end: float) -> Span:
    start = _moment(span.start)
    end = max(start, _moment(span.end))
    if span.ending == "open":
        end = max(end, _moment(trace_end))
    return msgspec.structs.replace(span, start=start, end=end)


def _share(time: float, seconds: float) -> float:
    return min(time / seconds, 1.0) if seconds >= _SHORTEST_TIME else 0.0


def _choose(spans: Sequence[Span], limit: int) -> list[int]:
    """The first spans, giving up to a third of the places to trouble further down."""
    if len(spans) <= limit:
        return list(range(len(spans)))
    later = range(limit, len(spans))
    trouble = [index for index in later if spans[index].kind == "blocked" or spans[index].ending != "done"]
    trouble = trouble[: limit // 3]
    return [*range(limit - len(trouble)), *trouble]


def _rows(spans: Sequence[Span], chosen: Sequence[int], seconds: float) -> tuple[Row, ...]:
    calls = [span for span in spans if span.kind == "call"]
    one_origin = len({origin for span in spans for origin in _ORIGIN.findall(span.label)}) == 1
    last_end: dict[str, float] = {}
    shown = set(chosen)
    rows: list[Row] = []
    before = -1
    for index, span in enumerate(spans):
        if index in shown:
            waited = max(_called(span, calls), min(last_end.get(span.label, 0.0), span.start))
            name = clean(tr(span.label) if span.kind == "blocked" else span.label[:_LONGEST_LABEL])
            rows.append(
                Row(
                    # Cleaned once more: what stands at the beginning now did not before.
                    label=clean(_without_origin(name, one_origin)) or span.kind,
                    name=name or span.kind,
                    kind=span.kind,
                    ending=span.ending,
                    detail=clean(span.detail[:_LONGEST_LABEL]),
                    start=span.start,
                    end=span.end,
                    waited=_share(waited, seconds),
                    left=_share(span.start, seconds),
                    right=_share(span.end, seconds),
                    skipped=index - before - 1,
                )
            )
            before = index
        last_end[span.label] = span.end
    return tuple(rows)


def _called(span: Span, calls: Sequence[Span]) -> float:
    """Where the wait for `span` began: when the latest call around it began."""
    if span.kind in ("call", "blocked"):
        return span.start
    around = [call.start for call in calls if call.start <= span.start <= call.end]
    return max(around, default=span.start)


def _without_origin(label: str, one_origin: bool) -> str:
    """``GET https://shop.test/1`` is ``GET /1`` where all addresses are on the same host."""
    if not one_origin:
        return _SCHEME.sub("", label)
    return _ORIGIN.sub(lambda match: "" if label[match.end() :].startswith("/") else "/", label)


def _pins(marks: Sequence[Mark], seconds: float) -> tuple[Pin, ...]:
    """One pin for each moment; the same mark made many times at one moment is counted."""
    pins: list[Pin] = []
    for (kind, label, time), same in groupby(marks, key=lambda mark: (mark.kind, mark.label, mark.time)):
        count = len(list(same))
        text = _mark_text(kind, label[:_LONGEST_LABEL])
        if count > 1:
            text = tr("{what}, {count} times", what=text, count=count)
        moment = _moment(time)
        when = tr(" (at {time})", time=duration(moment))
        # No-break spaces: a moment that is split over two lines is hard to read.
        pins.append(Pin(kind, text + when[0] + when[1:].replace(" ", "\xa0"), _share(moment, seconds)))
    return tuple(pins)


def _mark_text(kind: MarkKind, label: str) -> str:
    word = _MARK_WORDS[kind]
    told = clean(retell(label)).rstrip(".。")
    if not told:
        return tr(word or kind)
    # A label such as "cancelled by the test" already says what kind of mark it is.
    return tr("{kind}: {what}", kind=tr(word), what=told) if word and kind not in label.lower() else told


def _ticks(seconds: float, limit: int) -> tuple[Tick, ...]:
    if seconds < _SHORTEST_TIME:
        return (Tick("0s", 0.0),)
    _, unit, size, steps = next(entry for entry in _UNITS if seconds >= entry[0])
    length = seconds / size
    # A hair of tolerance, so that 0.1 + 0.2 seconds still reach the tick at 0.3.
    step = next((step for step in steps if length / step <= limit + 1e-9), None) or _decade(length / limit)
    count = math.floor(length / step + 1e-9)
    times = [number * step for number in range(count + 1)]
    return tuple(Tick(f"{time:g}{unit}", min(time / length, 1.0)) for time in times)


def _decade(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, … that is not below `least`."""
    power = 10.0 ** max(0, math.floor(math.log10(least)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def _sentence(spans: Sequence[Span], pins: Sequence[Pin], seconds: float) -> str:
    if not spans and not pins:
        return tr("There is nothing to draw: no call, no request and no program was seen.")
    requests = sum(span.kind == "request" for span in spans)
    counts = [
        (requests, trn("{count} request", "{count} requests", requests)),
        *((sum(span.ending == ending for span in spans), tr(words)) for ending, words in _COUNTED.items()),
        (sum(span.kind == "blocked" for span in spans), tr("{count} blocked the event loop")),
    ]
    parts = [words.format(count=count) for count, words in counts if count]
    total = trn(
        "{count} span in {time} of virtual time",
        "{count} spans in {time} of virtual time",
        len(spans),
        time=duration(seconds),
    )
    return tr("{total}: {parts}.", total=total, parts=tr(", ").join(parts)) if parts else tr("{total}.", total=total)
