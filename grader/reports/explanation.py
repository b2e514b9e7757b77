"""Why a score is what it is, in words."""

from __future__ import annotations

from rich.text import Text

from grader.classroom.entries import Entry, Verdict
from grader.records.results import DIMENSIONS, ExerciseResult, TestResult
from grader.reports.clean import clean
from grader.reports.wording import points


def explanation(result: ExerciseResult, entry: Entry, verdict: Verdict) -> Text:
    """What a person needs who has to answer for a score: each test, what was done by hand, and what repeats it."""
    text = Text()
    text.append(f"{result.exercise}: {points(result.score)} of {points(result.points)} points\n", style="bold")
    when = f", handed in {entry.handed_in.isoformat(' ', 'minutes')}" if entry.handed_in else ""
    text.append(
        f"Attempt {entry.attempt}{when}; source {verdict.source[:16]}, walls: {verdict.walls}.\n\n", style="dim"
    )
    for dimension in DIMENSIONS:
        tests = [test for test in result.tests if test.dimension == dimension]
        if tests:
            earned, possible = result.by_dimension(dimension)
            text.append(f"{dimension}: {points(earned)} of {points(possible)}\n", style="bold")
            for test in tests:
                text.append_text(_test(test))
    for sentence in result.adjusted:
        text.append(f"by hand: {clean(sentence)}\n", style="bold")
    return text


def _test(test: TestResult) -> Text:
    passed = test.ending == "passed"
    text = Text(f"  {test.ending:<13}{points(test.earned):>5} of {points(test.points):<5}  ")
    text.stylize("green" if passed else "yellow", 2, 2 + len(test.ending))
    text.append(f"{clean(test.sentence)}\n")
    seed = "" if test.seed is None else f", weather seed {test.seed}"
    if not passed:
        details = [clean(test.cause), *(f"{clean(fact.name)} {clean(fact.value)}" for fact in test.facts)]
        text.append(f"      {'; '.join(filter(None, details))}\n")
    text.append(f"      {test.name}{seed}, trace {test.trace_digest[:16]}\n", style="dim")
    return text
