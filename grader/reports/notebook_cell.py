"""Results as the output of a notebook's cell: HTML that is complete in itself, and the same as plain text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from grader.messages import language, tr
from grader.records.results import TestResult
from grader.records.trace import Trace
from grader.reports.clean import clean
from grader.reports.failure import facts_of, failure_text
from grader.reports.retelling import retell
from grader.reports.templating import environment
from grader.reports.timeline import lay_out
from grader.reports.timeline_svg import timeline_svg


class _TestView(msgspec.Struct, frozen=True):
    """One test as the template reads it."""

    result: TestResult
    sentence: str
    cause: str
    facts: tuple[tuple[str, str], ...]
    picture: Markup | None


def cell_html(heading: str, tests: Sequence[TestResult], *, problem: str = "", scored: bool = True) -> str:
    """What is said under `heading`: the failed tests with their timelines, then the passed ones.

    A passed test has a picture, to be opened, where it has a trace. With `scored`, points are shown.
    """
    return (
        environment()
        .get_template("notebook_cell.html.j2")
        .render(
            heading=heading,
            problem=problem,
            tests=list(map(_view, tests)),
            scored=scored,
            language=language(),
            tr=tr,
        )
    )


def cell_text(heading: str, tests: Sequence[TestResult], *, problem: str = "") -> str:
    """The same where there is no HTML."""
    parts = [heading, *([clean(problem)] if problem else [])]
    parts += [failure_text(test).rstrip() for test in tests if test.ending != "passed"]
    parts += [f"✓ {clean(_sentence(test))}" for test in tests if test.ending == "passed"]
    return "\n\n".join(parts)


def _view(test: TestResult) -> _TestView:
    return _TestView(test, _sentence(test), retell(test.cause), tuple(facts_of(test)), _picture(test.trace))


def _sentence(test: TestResult) -> str:
    return tr(test.sentence) or test.name


def _picture(trace: Trace) -> Markup | None:
    """The timeline as an image: its styles stay its own, and nothing in it can act on the page."""
    if not (trace.spans or trace.marks):
        return None
    data = b64encode(timeline_svg(trace).encode()).decode("ascii")
    words = clean(lay_out(trace, max_rows=40, max_ticks=6).sentence)
    return Markup('<img style="max-width: 100%; border: none" alt="{}" src="data:image/svg+xml;base64,{}">').format(
        words, data
    )
