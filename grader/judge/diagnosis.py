"""What a student would want to know beside the verdict, in sentences: pure functions of notes and traces."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from grader.boundary.messages import Inspection, Note, Waiting
from grader.records.results import Fact
from grader.records.trace import Span, SpanKind, Trace

#: Waiting tasks, and moments, that are listed; more of them say no more.
MOST_WAITING, MOST_TIMES = 10, 5
#: Characters of a call, which may have many lines.
MOST_CALL = 80

_OPERATIONS: dict[SpanKind, str] = {"request": "requests", "callback": "operations", "program": "programs"}


def sentences(notes: Sequence[Note]) -> list[str]:
    """A sentence for each note, each once; those of one call that blocked the event loop are added up."""
    texts: list[str] = []
    for note in notes:
        if note.kind == "blocked":
            alike = [
                other for other in notes if (other.kind, other.text, other.line) == ("blocked", note.text, note.line)
            ]
            texts.append(_located(_blocked(alike), note.line))
        else:
            texts.append(_located(note.text, note.line))
    return list(dict.fromkeys(texts))


def _located(text: str, line: int) -> str:
    return f"{text} (line {line})" if line else text


def _blocked(alike: Sequence[Note]) -> str:
    total = f"{round(sum(note.end - note.start for note in alike), 9):g} s"
    times = f"for {total}" if len(alike) == 1 else f"{len(alike)} times, for {total} in all"
    call = alike[0].text if len(alike[0].text) <= MOST_CALL else f"{alike[0].text[: MOST_CALL - 1]}…"
    by = f"{',' if len(alike) > 1 else ''} by `{call}`" if call else ""
    return f"The event loop was blocked {times}{by}: nothing else could run meanwhile."


def waiting_facts(inspection: Inspection) -> list[Fact]:
    """Under a deadlock: a line for each that waits, and the circle in which some wait for each other."""
    facts = [Fact("waits", _waits(waiting)) for waiting in inspection.waiting[:MOST_WAITING]]
    if inspection.circle:
        facts.append(Fact("circle", inspection.circle[:500]))
    return facts


def _waits(waiting: Waiting) -> str:
    place = f", line {waiting.line}," if waiting.line else ""
    # A thread waits where it calls something of Python's own, which has no name to show.
    call = waiting.call[:200] or ("a call that blocks it" if waiting.name.startswith("thread ") else "an await")
    why = f" {waiting.why[:300]}" if waiting.why else ""
    return f"{waiting.name[:200]}{place} in {call}{why}"


def one_after_another(trace: Trace) -> list[str]:
    """For each call whose requests, operations or programs ran strictly one after another, a sentence that says so.

    Whether one needed what another had brought cannot be known, so the sentence is the fact alone. What was tried
    again is not counted, nor what was done while another call was running.
    """
    calls = [span for span in trace.spans if span.kind == "call"]
    texts = []
    for call in calls:
        if any(other is not call and _overlap(call, other) for other in calls):
            continue
        for kind, words in _OPERATIONS.items():
            within = [span for span in trace.spans if span.kind == kind and call.start <= span.start <= call.end]
            if _is_chain(within):
                # Without its arguments, which are the suite's.
                name = call.label.partition("(")[0]
                texts.append(
                    f"The {len(within)} {words} of `{name}` ran one after another: "
                    f"each began when the one before it had ended ({_moments([span.start for span in within[1:]])})."
                )
    return texts


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _is_chain(spans: Sequence[Span]) -> bool:
    """Whether each of several different things, all done, took time and began exactly as the one before it ended."""
    if len(spans) < 2 or len({span.label for span in spans}) < len(spans):
        return False
    if any(span.ending != "done" or span.end <= span.start for span in spans):
        return False
    return all(before.end == after.start for before, after in pairwise(spans))


def _moments(times: Sequence[float]) -> str:
    shown = ", ".join(f"{time:g} s" for time in times[:MOST_TIMES])
    return f"at {shown}, …" if len(times) > MOST_TIMES else f"at {shown}"
