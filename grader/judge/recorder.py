"""Writes the trace of one test while it runs."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from grader.boundary.messages import Call
from grader.records.trace import Mark, MarkKind, Span, SpanEnding, SpanKind, Trace

#: Spans beyond this many are counted, not kept: a trace is for people.
MOST_SPANS = 5_000


class Recorder:
    """Collects spans and marks; `clock` gives virtual seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._spans: list[Span | None] = []
        self._open: dict[Hashable, tuple[int, SpanKind, str, float]] = {}
        self._marks: list[Mark] = []

    def begin(self, key: Hashable, kind: SpanKind, label: str) -> None:
        """Something begins; `key` names it until it ends."""
        if len(self._spans) < MOST_SPANS:
            self._open[key] = (len(self._spans), kind, label[:200], self._now())
            self._spans.append(None)

    def end(self, key: Hashable, ending: SpanEnding = "done", detail: str = "") -> None:
        """What began under `key` ends; nothing happens when it has already."""
        if key in self._open:
            index, kind, label, start = self._open.pop(key)
            self._spans[index] = Span(kind, label, start, self._now(), ending, detail[:200])

    def span(self, kind: SpanKind, label: str, start: float, end: float, detail: str = "") -> None:
        """Something that is over already."""
        if len(self._spans) < MOST_SPANS:
            self._spans.append(Span(kind, label, round(start, 9), round(end, 9), "done", detail))

    def mark(self, kind: MarkKind, label: str) -> None:
        """A moment."""
        self._marks.append(Mark(kind, label[:200], self._now()))

    def trace(self) -> Trace:
        """Everything so far; what has not ended is open."""
        now = self._now()
        spans = list(self._spans)
        for index, kind, label, start in self._open.values():
            spans[index] = Span(kind, label, start, now, "open")
        return Trace(tuple(span for span in spans if span is not None), tuple(self._marks), now)

    def _now(self) -> float:
        return round(self._clock(), 9)


class CallRecorder:
    """Records the calls of a peer: those of the test, and those that come back to its functions."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def began(self, call: Call, *, incoming: bool) -> None:
        if not call.name.startswith("kit:"):
            self._recorder.begin((incoming, call.id), "callback" if incoming else "call", _label(call))

    def ended(self, number: int, *, incoming: bool, how: str, detail: str) -> None:
        ending: SpanEnding = "raised" if how == "raised" else "cancelled" if how == "cancelled" else "done"
        self._recorder.end((incoming, number), ending, detail)

    def cancelled(self, number: int, *, incoming: bool) -> None:
        if not incoming:
            self._recorder.mark("cancel", "the test cancels the call")


def _label(call: Call) -> str:
    first = call.args[0] if isinstance(call.args, list) and call.args else None
    shown = repr(first) if isinstance(first, (str, int, float, bytes)) else "…" if call.args or call.kwargs else ""
    return f"{call.name}({shown[:60]})"
