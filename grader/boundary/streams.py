"""Streams of bytes over the boundary: an end of one side, as the other side sees it."""

from __future__ import annotations

from collections.abc import Callable

from grader.boundary.messages import Closed, Consumed, Data, Eof, Reset, Secured
from grader.simulation.transports import Inlet

StreamMessage = Data | Eof | Closed | Reset | Consumed | Secured


class Port:
    """Sends what happens to a stream to the other side."""

    def __init__(self, post: Callable[[StreamMessage], None], stream: int) -> None:
        self._post = post
        self._stream = stream

    def data(self, chunk: bytes) -> None:
        self._post(Data(self._stream, chunk))

    def eof(self) -> None:
        self._post(Eof(self._stream))

    def closed(self) -> None:
        self._post(Closed(self._stream))

    def reset(self) -> None:
        self._post(Reset(self._stream))

    def consumed(self, size: int) -> None:
        self._post(Consumed(self._stream, size))

    def secured(self) -> None:
        self._post(Secured(self._stream))


def pass_on(inlet: Inlet, message: StreamMessage) -> None:
    """Do to a stream what a message says."""
    match message:
        case Data(chunk=chunk):
            inlet.data(chunk)
        case Consumed(size=size):
            inlet.consumed(size)
        case Eof():
            inlet.eof()
        case Closed():
            inlet.closed()
        case Reset():
            inlet.reset()
        case Secured():
            inlet.secured()
