"""The layout that the pictures share."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.records.trace import Mark, MarkKind, Span, SpanEnding, SpanKind, Trace
from grader.reports.timeline import lay_out

ANY_TEXT = st.text(st.characters(codec=None), max_size=40)
SPANS = st.builds(
    Span,
    kind=st.sampled_from(get_args(SpanKind)),
    label=ANY_TEXT,
    start=st.floats(),
    end=st.floats(),
    ending=st.sampled_from(get_args(SpanEnding)),
    detail=ANY_TEXT,
)
MARKS = st.builds(Mark, kind=st.sampled_from(get_args(MarkKind)), label=ANY_TEXT, time=st.floats())
ANY_TRACE = st.builds(
    Trace,
    spans=st.lists(SPANS, max_size=12).map(tuple),
    marks=st.lists(MARKS, max_size=12).map(tuple),
    end=st.floats(),
)


@given(ANY_TRACE, st.integers(0, 8))
def test_every_bar_lies_within_the_picture(trace: Trace, max_rows: int) -> None:
    """Any times at all, endless ones and NaN included, give bars, pins and ticks between the edges."""
    picture = lay_out(trace, max_rows=max_rows)

    assert all(0 <= row.waited <= row.left <= row.right <= 1 for row in picture.rows)
    assert all(0 <= pin.at <= 1 for pin in picture.pins)
    assert all(0 <= tick.at <= 1 for tick in picture.ticks)
    assert [tick.at for tick in picture.ticks] == sorted({tick.at for tick in picture.ticks})


@given(ANY_TRACE, st.integers(0, 8))
def test_every_span_is_drawn_or_counted(trace: Trace, max_rows: int) -> None:
    """Rows, rows left out between them and rows left out below them add up to the spans."""
    picture = lay_out(trace, max_rows=max_rows)

    assert len(picture.rows) <= max_rows
    left_out = sum(row.skipped for row in picture.rows) + picture.more_rows
    assert len(picture.rows) + left_out == len(trace.spans)


@pytest.mark.parametrize(
    ("seconds", "ticks"),
    [
        (0.0, "0s"),
        (0.0005, "0µs 100µs 200µs 300µs 400µs 500µs"),
        (0.25, "0ms 50ms 100ms 150ms 200ms 250ms"),
        (0.3, "0ms 50ms 100ms 150ms 200ms 250ms 300ms"),
        (1.0, "0s 0.2s 0.4s 0.6s 0.8s 1s"),
        (4.0, "0s 1s 2s 3s 4s"),
        (60.0, "0s 10s 20s 30s 40s 50s 60s"),
        (600.0, "0min 2min 4min 6min 8min 10min"),
        (7200.0, "0h 1h 2h"),
        (86400.0, "0h 6h 12h 18h 24h"),
        (864000.0, "0d 2d 4d 6d 8d 10d"),
    ],
)
def test_the_scale_has_round_numbers(seconds: float, ticks: str) -> None:
    """Steps that people count in, in the unit that suits the length."""
    picture = lay_out(Trace((Span("call", "work", 0.0, seconds),)))

    assert " ".join(tick.text for tick in picture.ticks) == ticks


def test_addresses_on_one_host_lose_the_host(traces: dict[str, Trace]) -> None:
    """What is the same in every row says nothing."""
    labels = [row.label for row in lay_out(traces["limit_of_three"]).rows]

    assert labels[:3] == ["fetch_all", "GET /items/0", "GET /items/1"]


def test_addresses_on_two_hosts_keep_the_host(traces: dict[str, Trace]) -> None:
    """Where hosts differ, the host is what tells rows apart."""
    labels = [row.label for row in lay_out(traces["two_hosts_for_hours"]).rows]

    assert labels == ["poll", "GET a.test/x", "GET b.test"]


def test_an_address_without_a_path_is_a_slash() -> None:
    """A request for the root of a host keeps something to be named by."""
    picture = lay_out(Trace((Span("request", "GET https://shop.test", 0.0, 1.0),)))

    assert picture.rows[0].label == "GET /"


def test_rows_keep_the_order_in_which_they_began() -> None:
    """Attempts with the same label stay in order, each waiting from the end of the one before."""
    attempts = (Span("request", "GET /", at, at + 1.0) for at in (0.0, 2.0, 6.0))
    rows = lay_out(Trace((Span("call", "get", 0.0, 7.0), *attempts))).rows

    assert [row.start for row in rows] == [0.0, 0.0, 2.0, 6.0]
    assert [round(row.waited * 7) for row in rows] == [0, 0, 1, 3]


def test_trouble_far_down_is_drawn(traces: dict[str, Trace]) -> None:
    """Among a thousand requests, the one that raised has a row."""
    picture = lay_out(traces["thousand_requests"], max_rows=10)

    assert len(picture.rows) == 10
    assert picture.rows[-1].label == "GET /items/700"
    assert (picture.rows[-1].skipped, picture.more_rows) == (692, 299)


def test_an_open_span_lasts_until_the_end() -> None:
    """What never ended is drawn up to the last moment of the trace."""
    picture = lay_out(Trace((Span("call", "get", 0.0, 0.0, "open"),), (), 5.0))

    assert picture.seconds == 5.0
    assert picture.rows[0].right == 1.0


def test_the_same_mark_at_one_moment_is_counted() -> None:
    """Ten tasks cancelled together are one pin."""
    picture = lay_out(Trace((), (Mark("cancel", "worker", 1.0),) * 10, 1.0))

    assert [pin.text for pin in picture.pins] == ["cancelled: worker, 10 times (at\xa01\xa0s)"]


def test_an_empty_trace_says_so() -> None:
    """A picture of nothing is a sentence."""
    picture = lay_out(Trace())

    assert picture.empty
    assert picture.sentence == "There is nothing to draw: no call, no request and no program was seen."


def test_the_sentence_says_what_went_wrong(traces: dict[str, Trace]) -> None:
    """Readers who do not see the picture learn the same from its title."""
    picture = lay_out(traces["cancelled"])

    assert picture.sentence == "5 spans in 2 s of virtual time: 4 requests, 3 cancelled, 1 never ended."
