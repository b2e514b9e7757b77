"""How numbers are written in every report."""

from __future__ import annotations

_LONG_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def points(value: float, places: int = 2) -> str:
    """Return points with as many decimals as they need, `places` at most: ``3``, ``2.5``."""
    text = f"{value:.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def percent(earned: float, possible: float) -> str:
    """Return a share as whole percent: ``70%``; ``100%`` only for full marks."""
    if possible <= 0:
        return "–"
    # Rounded down, so that nothing less than full marks reads as full marks.
    return f"{int(100 * earned / possible + 1e-9)}%"


def duration(seconds: float) -> str:
    """Return a length of virtual time in the unit that suits it: ``50 ms``, ``1.5 s``, ``2 min 5 s``."""
    if seconds < 1e-9:
        return "0 s"
    for unit, size, limit in (("µs", 1e-6, 1000), ("ms", 1e-3, 100)):
        if round(seconds / size, 3) < limit:
            return f"{round(seconds / size, 3):g} {unit}"
    if round(seconds, 3) < 120:
        return f"{round(seconds, 3):g} s"
    return _long(round(seconds))


def _long(seconds: int) -> str:
    """Two units are enough for anything longer than two minutes."""
    parts = []
    for unit, size in _LONG_UNITS:
        count, seconds = divmod(seconds, size)
        parts.append((count, unit))
    first = next(index for index, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)
