"""What records say, told in the student's language.

Records are in English, whoever reads them. What is fixed in them is translated where it is drawn: whole sentences
through the catalogues, and those with values in them by the patterns below.
"""

from __future__ import annotations

import re
from functools import cache

from grader.messages import language, later, tr
from grader.records.results import Fact

#: What a judge says of a test, and at a mark. What stands in `{call}`, `{what}` and `{where}` is told by patterns too.
_CAUSES = (
    later("The code raised {error}."),
    later("{error} was expected, and nothing was raised."),
    later("The code returned something that cannot be checked: {error}."),
    later("A plain function was found where a coroutine is due: define it with `async def`."),
    later("A value of the wrong type was found: {due} was expected, and {got} is not the same."),
    later("The answer does not have the form that the exercise asks for: {error}."),
    later("The test was skipped, which earns nothing."),
    later("The file {file} is empty."),
    later("{file} defines no {name}."),
    later("The file has a syntax error{where}: {error}"),
    later("The file cannot be imported{where}: {error}"),
    later("{file} is not UTF-8 text{where}: save it with the encoding UTF-8."),
    later("Deadlock at {time} s: everything waits, and nothing is left that could wake it."),
    later("Livelock at {time} s: the event loop turned {count} times without time moving on."),
    later("Livelock at {time} s: time.sleep(0) was called {count} times without time moving on."),
    later("Livelock at {time} s: threads took {count} turns without time moving on."),
    later("The event loop was never given back: the code {what}{where}."),
    later("The code waits for ever: what goes on around it never gives it anything to do."),
    later("The code still runs after ten virtual days: something repeats for ever."),
    later("The code still runs after {count} turns: something repeats for ever."),
    later("The code has called back {count} times without awaiting."),
    later("The code ended the program with {error}; a function must return or raise."),
    later("The code ended its own process (exit status {code})."),
    later("The process of the code was ended by {signal}{where}."),
    later("The code closed its connection to the grader."),
    later("The code printed more than {size} MiB."),
    later("The code spoke to the grader more than {count} times."),
    later("The code spoke to the grader out of turn."),
    later("The code asked the grader to be woken at a time that does not exist."),
    later("The code broke the rules of the grader's boundary: {error}."),
    later("The suite asks for a fixture that does not exist: {name}."),
    later("The grader failed: {error}."),
    later("The grader ran out of memory."),
    later("The grader's sandbox {error}."),
    later("The worker that judged this submission has died."),
    later("A worker cannot be started in {name}: {error}."),
    later("the test cancels the call"),
)
#: What a judge says of the tasks that wait, of what was expected, and beside the verdict.
_WAITS = (later("{task}, line {line}, in {what}"), later("{task} in {what}"))
_EXPECTED = (
    later("anything but {value}"),
    later("at most {value}"),
    later("at least {value}"),
    later("less than {value}"),
    later("more than {value}"),
    later("one of {value}"),
    later("none of {value}"),
)
_NOTES = (
    later("{what} (line {line})"),
    later("The coroutine {name} was never awaited: nothing of it has run."),
    later("The event loop was blocked for {time}: nothing else could run meanwhile."),
    later("The event loop was blocked for {time} by {call}: nothing else could run meanwhile."),
    later("The event loop was blocked {count} times, for {time} in all, by {call}: nothing else could run meanwhile."),
    later("The event loop was blocked {count} times, for {time} in all: nothing else could run meanwhile."),
    later("A task of {name} was lost before it had ended: nothing kept a reference to it."),
    later("A task of {name} was still pending at the end, and nothing awaits it."),
    later("A task of {name} raised {error}, and nobody has retrieved the exception."),
    later("A future was given {error}, and nobody has retrieved the exception."),
    later("A callback of the event loop raised {error}."),
    later("A thread of {name} raised {error}."),
    later("A thread raised {error}."),
    later("Code that was being thrown away raised {error}."),
    later("CancelledError was swallowed: a task of {name} was cancelled here, and returned all the same."),
    later("A task of {name} was cancelled here at {when} s, and had not ended at {time} s."),
    later("A session was never closed: use `async with`, or `await session.close()`."),
    later("A connection was never closed: call `close()` of its writer."),
    later("Something was never closed: {error}."),
    later("A response was never released, so that its connection could not be used again: use `async with`."),
    later("A response held its connection to the end, while another request waited for one."),
    later(
        "The {count} requests of {name} ran one after another: each began when the one before it had ended ({times})."
    ),
    later(
        "The {count} operations of {name} ran one after another: each began when the one before it had ended ({times})."
    ),
    later(
        "The {count} programs of {name} ran one after another: each began when the one before it had ended ({times})."
    ),
)
#: Parts of the above.
_PARTS = (
    later(", in line {line} ({function})"),
    later(" in line {line}"),
    later(" (too much memory, or killed)"),
    later(" (a crash outside Python, or recursion too deep)"),
    later(" (it wrote a file that is too large)"),
    later(" (a fatal error of the interpreter)"),
    later("gave no answer"),
    later("ran for {seconds} s of processor time without awaiting"),
    later("kept the grader waiting, a little at a time"),
    later("waits for something that is not asynchronous"),
    later("{call} for itself: it took the lock{where}"),
    later("{call} for {name}, which took the lock{where} and has ended"),
    later("{call} for {name}, which took the lock{where}"),
    later("{call} for {name}"),
    later("a call that blocks it"),
    later("an await"),
)
_PLACE = r" in line \d+|, in line \d+ \(.+\)| \(.+\)"
_NAMES = {
    "checked": later("checked"),
    "circle": later("circle"),
    "expected": later("expected"),
    "got": later("got"),
    "runs": later("runs"),
    "waits": later("waits"),
    "when": later("when"),
}


def retell(sentence: str) -> str:
    """A cause, or the words of a mark, in the language that is spoken."""
    return _told(sentence, _CAUSES) or tr(sentence)


def retell_note(note: str) -> str:
    """A note in the language that is spoken, as far as its words are the kit's or asyncio's."""
    return _told(note, _NOTES) or note


def retell_fact(fact: Fact) -> Fact:
    """A fact with the name that it has in the language that is spoken, and the fixed words of its value."""
    patterns = {"expected": _EXPECTED, "waits": _WAITS}.get(fact.name, ())
    return Fact(tr(_NAMES[fact.name]) if fact.name in _NAMES else fact.name, _told(fact.value, patterns) or fact.value)


def _told(text: str, patterns: tuple[str, ...]) -> str:
    """`text` by the first of `patterns` that it fits; empty where it fits none, or is to stay as it is."""
    if language() == "en":
        return ""
    for pattern in patterns:
        if found := _compiled(pattern).fullmatch(text):
            values = found.groupdict("")
            for name in values.keys() & {"call", "what", "where"}:
                values[name] = _told(values[name], _NOTES if patterns is _NOTES else _PARTS) or values[name]
            return tr(pattern, **values)
    return ""


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """`The code raised {error}.` with a group for each value; a place, `{where}`, may be missing."""
    parts = re.split(r"\{(\w+)\}", pattern)
    for at in range(0, len(parts), 2):
        parts[at] = re.escape(parts[at])
    for at in range(1, len(parts), 2):
        place = parts[at] == "where"
        parts[at] = f"(?P<{parts[at]}>{_PLACE if place else '.+?'}){'?' if place else ''}"
    return re.compile("".join(parts), re.DOTALL)
