"""One failed test as text: the sentence, the cause, the facts, the picture."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.text import Text

from grader.records.results import TestResult
from grader.records.trace import Trace
from grader.reports.clean import clean
from grader.reports.timeline_text import timeline_text
from grader.rubric import Outcome


def failure(outcome: Outcome | TestResult, *, width: int = 80) -> Text:
    """What a student reads of a test that has not passed."""
    text = Text()
    text.append(f"{clean(outcome.sentence)}\n", style="bold")
    if outcome.cause:
        text.append(f"  {clean(outcome.cause)}\n")
    for fact in outcome.facts:
        text.append(f"  {clean(fact.name):<9} ", style="dim")
        text.append(f"{clean(fact.value)}\n")
    if outcome.line:
        text.append(f"  {'line':<9} ", style="dim")
        text.append(f"{outcome.line}\n")
    if outcome.seed:
        text.append(f"  {'weather':<9} ", style="dim")
        text.append(f"seed {outcome.seed}\n")
    for note in outcome.notes:
        text.append(f"  {'note':<9} ", style="dim")
        text.append(f"{clean(note)}\n")
    if outcome.printed:
        text.append("\n")
    for line in outcome.printed:
        # What a submission prints never begins a line.
        text.append(f"  {clean(line)}\n")
    if outcome.trace != Trace(end=outcome.trace.end):
        text.append("\n")
        text.append_text(timeline_text(outcome.trace, width=width))
    return text


def failure_text(outcome: Outcome, *, width: int = 80) -> str:
    """`failure` without colour, for pytest's own report."""
    console = Console(file=StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False)
    console.print(failure(outcome, width=width), soft_wrap=True)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()
