"""What a submission prints and logs, each line with the virtual time in front."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Callable

#: Cells for the time, so that the lines of one run stand in a column.
WIDTH = 9


class Stamped(io.TextIOWrapper):
    """A stream of text that begins each line with the virtual time at which it was begun: ``  1.5 s │ text``."""

    def __init__(self, stream: io.TextIOWrapper, clock: Callable[[], float]) -> None:
        # A writer of its own: that of the stream may remember another file beneath the same descriptor.
        raw = os.fdopen(stream.fileno(), "wb", closefd=False)
        super().__init__(raw, encoding=stream.encoding, errors=stream.errors, line_buffering=True, write_through=True)
        self._clock = clock
        self._begins_line = True

    def write(self, text: str, /) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        stamp = f"{f'{round(self._clock(), 9):g} s':>{WIDTH}} │ "
        begun = text.replace("\n", f"\n{stamp}", max(0, text.count("\n") - text.endswith("\n")))
        super().write(f"{stamp}{begun}" if text and self._begins_line else begun)
        self._begins_line = text.endswith("\n") if text else self._begins_line
        return len(text)


def install(clock: Callable[[], float]) -> None:
    """From now on, what is printed and logged in this process is stamped."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            setattr(sys, name, Stamped(stream, clock))
    # Where a submission sets up no logging of its own, messages from INFO on are shown.
    logging.getLogger().setLevel(logging.INFO)
    last_resort = logging.StreamHandler(sys.stderr)
    last_resort.setLevel(logging.INFO)
    last_resort.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
    logging.lastResort = last_resort
    # A line for each request that a server answers would drown the rest.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


def mute() -> None:
    """From now on nothing is printed; what was printed is told whole."""
    flush()
    sys.stdout = sys.stderr = io.StringIO()


def flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
