"""One failed test as text: the sentence, the cause, the facts, the picture."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from grader.messages import tr
from grader.records.results import TestResult
from grader.reports.clean import clean
from grader.reports.retelling import retell, retell_fact, retell_note
from grader.reports.timeline_text import timeline_text
from grader.reports.wrapping import hanging, wrap
from grader.rubric import Outcome

_INDENT = 2


def failure(outcome: Outcome | TestResult, *, width: int = 80) -> Text:
    """What a student reads of a test that has not passed, in lines of `width` cells."""
    text = Text()
    text.append("\n".join(wrap(clean(tr(outcome.sentence)), width)) + "\n", style="bold")
    if outcome.cause:
        text.append(f"  {hanging(clean(retell(outcome.cause)), width, _INDENT)}\n")
    facts = list(facts_of(outcome))
    margin = min(max((_INDENT + cell_len(name) + 2 for name, _ in facts), default=0), width // 2)
    for name, value in facts:
        text.append(f"  {name}{' ' * (margin - _INDENT - cell_len(name))}", style="dim")
        text.append(f"{hanging(value, width, margin)}\n")
    if outcome.printed:
        text.append("\n")
    for line in outcome.printed:
        # What a submission prints never begins a line.
        text.append(f"  {hanging(clean(line), width, _INDENT)}\n")
    # Marks alone say nothing that the cause has not said.
    if outcome.trace.spans:
        text.append("\n")
        text.append_text(timeline_text(outcome.trace, width=width))
        text.append("\n")
    return text


def facts_of(outcome: Outcome | TestResult) -> Iterator[tuple[str, str]]:
    """Everything that is known of a test, each with its name, in the student's language and harmless."""
    for fact in map(retell_fact, outcome.facts):
        yield clean(fact.name), clean(fact.value)
    if outcome.line:
        yield tr("line"), f"{outcome.line}"
    if outcome.seed:
        yield tr("weather"), tr("seed {seed}", seed=outcome.seed)
    for note in outcome.notes:
        yield tr("note"), clean(retell_note(note))


def failure_text(outcome: Outcome | TestResult, *, width: int = 80) -> str:
    """`failure` without colour, for pytest's own report and for notebooks."""
    console = Console(
        file=StringIO(), width=width, color_system=None, force_terminal=False, force_jupyter=False, legacy_windows=False
    )
    console.print(failure(outcome, width=width), soft_wrap=True, end="")
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()
