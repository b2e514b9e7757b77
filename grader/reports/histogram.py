"""How points are distributed, as bars."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

WIDTH, HEIGHT = 660, 190
_TOP, _FOOT = 22, 34
_BINS = 11  # Ten of a tenth each, and full marks.
_GAP = 6


class Bar(msgspec.Struct, frozen=True):
    """One bar. `share` says which part of the points it stands for, `label` where that begins."""

    share: str
    label: str
    count: int
    x: float
    y: float
    width: float
    height: float


class Histogram(msgspec.Struct, frozen=True):
    """All bars, and the words that say the same."""

    bars: tuple[Bar, ...]
    sentence: str
    width: int = WIDTH
    height: int = HEIGHT


def histogram(scores: Sequence[float], possible: float) -> Histogram:
    """The bars for `scores` out of `possible` points."""
    counts = [0] * _BINS
    for score in scores if possible > 0 else ():
        # Rounded down, so that nothing less than full marks stands among them.
        counts[max(0, min(int(10 * score / possible + 1e-9), _BINS - 1))] += 1
    most, step, room = max(counts) or 1, WIDTH / _BINS, HEIGHT - _TOP - _FOOT
    bars = []
    for number, count in enumerate(counts):
        height = max(round(room * count / most, 1), 1.5 if count else 0.5)
        share, label = (f"{10 * number}–{10 * number + 9}%", f"{10 * number}") if number < 10 else ("100%", "100%")
        x, y = round(number * step + _GAP / 2, 1), round(HEIGHT - _FOOT - height, 1)
        bars.append(Bar(share, label, count, x, y, round(step - _GAP, 1), height))
    said = ", ".join(f"{bar.share}: {bar.count}" for bar in bars if bar.count)
    return Histogram(tuple(bars), f"Students by their share of the points. {said or 'There are none'}.")
