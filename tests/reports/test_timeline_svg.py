"""The timeline in pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import get_args
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from grader.records.trace import Mark, Span, SpanEnding, SpanKind, Trace
from grader.reports.timeline_svg import timeline_svg

SVG = "{http://www.w3.org/2000/svg}"
TEXTS = st.text(st.characters(codec=None), max_size=60)


def test_the_picture_matches_its_golden_file(
    name: str, traces: dict[str, Trace], matches_golden: Callable[[str, str], None]
) -> None:
    """Each typical trace; drawing is deterministic, so the files are equal to the last byte."""
    matches_golden(f"{name}.svg", timeline_svg(traces[name]))


def test_a_picture_loads_and_runs_nothing(name: str, traces: dict[str, Trace]) -> None:
    """No script, no image, no handler and no address except the name of the SVG format."""
    picture = timeline_svg(traces[name])
    elements = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(picture).iter()}

    assert elements <= set("svg title desc style defs pattern g rect path circle text".split())
    assert set(re.findall(r"url\(.", picture)) <= {"url(#"}
    assert "@import" not in picture


def test_a_picture_speaks(name: str, traces: dict[str, Trace]) -> None:
    """A screen reader finds a role, a title and a description."""
    root = ElementTree.fromstring(timeline_svg(traces[name], ident="t7"))

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "t7-title t7-desc"
    assert [root.find(f"{SVG}{tag}").get("id") for tag in ("title", "desc")] == ["t7-title", "t7-desc"]
    assert root.find(f"{SVG}desc").text


def test_every_bar_has_a_tooltip(traces: dict[str, Trace]) -> None:
    """The full name and the exact times are there for whoever points at a bar."""
    root = ElementTree.fromstring(timeline_svg(traces["cancelled"]))
    rows = [group for group in root.iter(f"{SVG}g") if group.get("class", "").startswith("row")]
    titles = [row.find(f"{SVG}title").text for row in rows]

    assert titles[1] == "GET https://shop.test/items/0 ran from 0 s to 0.5 s"
    assert titles[2] == "GET https://shop.test/items/1 was cancelled from 0 s to 1.5 s"


def test_endings_differ_in_shape(traces: dict[str, Trace]) -> None:
    """Without colour, hatching tells cancelled and blocked apart, a cross and dashes the rest."""
    cancelled, blocked, raised = (timeline_svg(traces[name]) for name in ("cancelled", "blocked", "raised"))

    assert "url(#timeline-cancelled)" in cancelled
    assert 'class="open"' in cancelled
    assert "url(#timeline-blocked)" in blocked
    assert "event loop blocked for 2 s" in blocked
    assert 'class="cross"' in raised


@given(
    st.builds(
        Span,
        kind=st.sampled_from(get_args(SpanKind)),
        label=TEXTS,
        start=st.floats(),
        end=st.floats(),
        ending=st.sampled_from(get_args(SpanEnding)),
        detail=TEXTS,
    ),
    TEXTS,
)
def test_any_trace_gives_a_well_formed_picture(span: Span, words: str) -> None:
    """Whatever a submission calls things, the picture is XML and its bars lie on the card."""
    root = ElementTree.fromstring(timeline_svg(Trace((span,), (Mark("fault", words, span.end),))))

    for bar in root.iter(f"{SVG}rect"):
        x, width = float(bar.get("x", "0")), float(bar.get("width", "0"))
        assert x >= 0
        assert width > 0
        assert bar.get("class") == "plate" or x + width <= 800
