"""The trace of one test: what the judge saw, in virtual time."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

SpanKind = Literal["call", "callback", "request", "connection", "program", "blocked"]
SpanEnding = Literal["done", "raised", "cancelled", "open"]
MarkKind = Literal["cancel", "deadlock", "livelock", "stuck", "died", "fault"]


class Span(msgspec.Struct, frozen=True):
    """Something that lasted, from `start` to `end` in virtual seconds.

    - `call`: the test called a function of the submission.
    - `callback`: the submission called a function that the test had passed in.
    - `request`: an HTTP request, from its arrival to the last byte of its response.
    - `connection`: a TCP connection between the submission and the test's network.
    - `program`: a scripted program that the submission started.
    - `blocked`: the submission's event loop stood still.
    """

    kind: SpanKind
    label: str
    start: float
    end: float
    ending: SpanEnding = "done"
    detail: str = ""


class Mark(msgspec.Struct, frozen=True):
    """A single moment, in virtual seconds."""

    kind: MarkKind
    label: str
    time: float


class Trace(msgspec.Struct, frozen=True):
    """All spans and marks of one test, in the order in which they began."""

    spans: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()
    end: float = 0.0

    @property
    def digest(self) -> str:
        """SHA-256 of the trace: two runs that went the same way have the same digest."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()
