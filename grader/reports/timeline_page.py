"""One exercise's runs as a page: the timeline of each test, with details for pointer, keyboard and paper."""

from __future__ import annotations

from markupsafe import Markup

from grader.catalog import Exercise
from grader.messages import language, tr
from grader.records.results import TestResult
from grader.reports.retelling import retell, retell_fact, retell_note
from grader.reports.templating import environment
from grader.reports.timeline_svg import timeline_svg


def timeline_page(exercise: Exercise, tests: tuple[TestResult, ...]) -> str:
    """Return a page that shows `tests` of `exercise`; it is complete in itself.

    A script of its own shows what a bar stands for when it is pointed at or reached by the arrow keys; the table
    beneath each picture says the same without it.
    """
    chinese = language() == "zh-CN" and exercise.title_zh
    return (
        environment()
        .get_template("timeline.html.j2")
        .render(
            language=language(),
            exercise=exercise,
            title=exercise.title_zh if chinese else exercise.title,
            tr=tr,
            retell=retell,
            retell_fact=retell_fact,
            retell_note=retell_note,
            tests=[
                (test, Markup(timeline_svg(test.trace, ident=f"timeline-{number}")))
                for number, test in enumerate(tests, 1)
            ],
        )
    )
