"""The timeline in terminals."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from grader.records.trace import Mark, Span, Trace
from grader.reports.timeline_text import timeline_text

TEXTS = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_picture_matches_its_golden_file(
    name: str, width: int, traces: dict[str, Trace], matches_golden: Callable[[str, str], None]
) -> None:
    """Each typical trace, without colour, narrow and wide."""
    drawn = timeline_text(traces[name], width=width).plain

    matches_golden(f"{name}_{width}.txt", drawn + "\n")


@pytest.mark.parametrize("width", range(30, 130, 7))
def test_no_line_is_wider_than_asked(name: str, width: int, traces: dict[str, Trace]) -> None:
    """A line that wraps would tear the picture apart."""
    lines = timeline_text(traces[name], width=width).plain.splitlines()

    assert name == "empty" or max(map(cell_len, lines)) <= width


@given(TEXTS, TEXTS, TEXTS, st.floats(0, 9), st.floats(0, 9), st.integers(30, 130))
def test_any_words_fit(label: str, detail: str, mark: str, start: float, length: float, width: int) -> None:
    """Labels, errors and marks of any length, in any script, leave every line within the width."""
    span = Span("request", label, start, start + length, "raised", detail)
    trace = Trace((Span("call", "work", 0.0, 9.0), span), (Mark("fault", mark, start),), 9.0)
    lines = timeline_text(trace, width=width).plain.splitlines()

    assert max(map(cell_len, lines)) <= width


def test_colour_adds_nothing_to_the_characters(name: str, traces: dict[str, Trace]) -> None:
    """With colour and without, a console writes the same characters; without, nothing else."""
    text = timeline_text(traces[name], width=80)
    plain, coloured = io.StringIO(), io.StringIO()
    Console(file=plain, width=80, no_color=True, color_system=None).print(text)
    console = Console(file=coloured, width=80, force_terminal=True, color_system="truecolor", record=True)
    console.print(text)

    assert plain.getvalue() == text.plain + "\n"
    assert console.export_text() == text.plain + "\n"
    assert name == "empty" or "\x1b[" in coloured.getvalue()


def test_a_cancelled_bar_is_shaded(traces: dict[str, Trace]) -> None:
    """The shape says that a span was cancelled, and the legend names the shape."""
    drawn = timeline_text(traces["cancelled"]).plain

    assert "fetch_all     ▒▒▒▒" in drawn
    assert "▒ cancelled" in drawn


def test_a_blocked_loop_is_named_in_its_bar(traces: dict[str, Trace]) -> None:
    """A loop that stood still is unmistakable."""
    assert "▓ event loop blocked" in timeline_text(traces["blocked"]).plain


def test_a_deadlock_leaves_its_bars_open(traces: dict[str, Trace]) -> None:
    """A call that never ended runs on beyond the last moment, and the mark beneath names the deadlock."""
    drawn = timeline_text(traces["deadlock"]).plain

    assert drawn.count("█┄┄┄") == 2
    assert "deadlock: transfer(a, b) waits for Lock b" in drawn


def test_a_span_that_took_no_time_is_visible() -> None:
    """Even at the right edge there is one cell."""
    trace = Trace((Span("call", "work", 0.0, 9.0), Span("callback", "log", 9.0, 9.0)))
    line = timeline_text(trace).plain.splitlines()[2]

    assert line.startswith("log")
    assert line.endswith("·█")


def test_what_raised_ends_in_a_cross(traces: dict[str, Trace]) -> None:
    """The error stands beside the cross."""
    assert "ClientResponseError: 500 ×\n" in timeline_text(traces["raised"]).plain


def test_an_uneventful_picture_has_no_legend(traces: dict[str, Trace]) -> None:
    """Where every bar merely ran, there is nothing to explain."""
    assert "█ ran" not in timeline_text(traces["all_at_once"]).plain


def test_a_thousand_requests_say_how_many_are_not_shown(traces: dict[str, Trace]) -> None:
    """A long trace stays one screen long."""
    drawn = timeline_text(traces["thousand_requests"]).plain

    assert len(drawn.splitlines()) < 26
    assert "… 299 more" in drawn
