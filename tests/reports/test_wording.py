"""How numbers are written."""

from __future__ import annotations

import pytest

from grader.reports.wording import duration, percent, points


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (2.5, "2.5"), (1 / 3, "0.33"), (0.1 + 0.2, "0.3"), (-0.0, "0"), (100.0, "100")],
)
def test_points_have_only_the_decimals_they_need(value: float, text: str) -> None:
    """Whole points are written whole."""
    assert points(value) == text


@pytest.mark.parametrize(("earned", "text"), [(0, "0%"), (9.99, "99%"), (10, "100%"), (2.9, "29%")])
def test_only_full_marks_are_a_hundred_percent(earned: float, text: str) -> None:
    """Rounding never promises what was not earned."""
    assert percent(earned, 10) == text


def test_a_share_of_nothing_is_a_dash() -> None:
    """Nothing could be earned, so there is no share."""
    assert percent(0, 0) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (2e-6, "2 µs"),
        (0.05, "50 ms"),
        (0.25, "0.25 s"),
        (1.0, "1 s"),
        (90.0, "90 s"),
        (125.0, "2 min 5 s"),
        (3600.0, "1 h"),
        (3661.0, "1 h 1 min"),
        (90000.0, "1 d 1 h"),
    ],
)
def test_durations_use_the_unit_that_suits(seconds: float, text: str) -> None:
    """Two units at most."""
    assert duration(seconds) == text
