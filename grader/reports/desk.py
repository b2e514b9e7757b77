"""The student's screens: the map of the course, and how a check went. Shape carries meaning; colour repeats it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.markdown import Markdown
from rich.text import Text

from grader.catalog import Course, Exercise, Track
from grader.catalog.statement import Statement
from grader.desk.practice import Checked
from grader.desk.progress import Progress, State
from grader.messages import language, tr, trn
from grader.records.results import DIMENSIONS, Ending, ExerciseResult, TestResult
from grader.reports.clean import clean
from grader.reports.failure import failure
from grader.reports.retelling import retell
from grader.reports.wording import duration, points
from grader.reports.wrapping import cut_short, flow, hanging, wrap

#: Below this many columns a screen is narrow: what is one line elsewhere is broken there.
_NARROW = 60
#: In statements and hints: blocks of code, code within a line, and what is emphasized.
_FENCED = re.compile(r"(^```.*?^```)", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"(`[^`\n]+`)")
_EMPHASIS = re.compile(r"(\*{1,2})([^*]+)\1")
_SQUARES = {State.DONE: ("■", "green"), State.BEGUN: ("◧", "yellow"), State.UNTOUCHED: ("□", "dim")}


def title_of(exercise: Exercise) -> str:
    """The exercise's title in the language that is spoken."""
    return exercise.title_zh if language() == "zh-CN" and exercise.title_zh else exercise.title


def progress_map(course: Course, progress: Progress, *, width: int = 80) -> Text:
    """Each track: its title, a square for each exercise, how many are done, and where to go on."""
    tracks = [(_track_title(track), course.in_track(track.slug)) for track in course.tracks]
    tracks = [(title, exercises) for title, exercises in tracks if exercises]
    margin = max((cell_len(title) for title, _ in tracks), default=0)
    squares = max((len(exercises) for _, exercises in tracks), default=0)
    # Where titles and squares do not fit beside each other, the squares stand beneath.
    beneath = 2 + margin + 2 + 2 * squares + len(" 10/10") > width
    text = Text()
    for title, exercises in tracks:
        text.append(f"  {title}" + ("\n    " if beneath else " " * (margin - cell_len(title) + 2)))
        line = _squares(progress, exercises, squares)
        room = width - line.cell_len - (4 if beneath else margin + 4)
        if (here := next((each for each in exercises if progress.state(each) is not State.DONE), None)) is not None:
            line.append(cut_short(f"   {here.number} {title_of(here)}", room), style="dim")
        text.append_text(line)
        text.append("\n")
    text.append("\n")
    legend = [Text.assemble((square, style), (f" {words}", "dim")) for square, style, words in _states()]
    text.append_text(Text("\n").join(flow(legend, width, indent=2)))
    text.append("\n")
    return text


def _track_title(track: Track) -> str:
    return track.title_zh if language() == "zh-CN" and track.title_zh else track.title


def _squares(progress: Progress, exercises: Sequence[Exercise], most: int) -> Text:
    """`■ ◧ □   1/3`, in a column for up to `most` exercises."""
    line = Text()
    states = [progress.state(exercise) for exercise in exercises]
    for state in states:
        square, style = _SQUARES[state]
        line.append(f"{square} ", style=style)
    done = states.count(State.DONE)
    count = f" {done}/{len(states)}"
    return line.append("  " * (most - len(states)) + count, style="green" if done == len(states) else "")


def _states() -> tuple[tuple[str, str, str], ...]:
    words = {State.DONE: tr("done"), State.BEGUN: tr("begun"), State.UNTOUCHED: tr("not begun")}
    return tuple((*_SQUARES[state], word) for state, word in words.items())


def next_step(course: Course, progress: Progress, after: Exercise | None = None, *, width: int = 80) -> Text:
    """The next exercise, its files, and the one command to go on with, in a whole sentence."""
    exercise = progress.next(course, after)
    if exercise is None:
        return Text(tr("Every exercise of the course is done."))
    text = Text()
    text.append(f"{exercise.number} {title_of(exercise)}\n", style="bold")
    text.append(f"  {exercise.shown(exercise.stub)}\n")
    text.append(f"  {exercise.shown(exercise.examples)}\n")
    sentence = tr(
        "Read it with `grader show {number}`, edit the file, then run `grader check {number}`.",
        number=int(exercise.number),
    )
    text.append("\n".join(wrap(sentence, width)))
    return text


def check_screen(checked: Checked, *, width: int = 80) -> Text:
    """How one exercise fared: a line for each test, the first failure with its picture, points by dimension."""
    exercise, text = checked.exercise, Text()
    title = Text(f"{exercise.number} {title_of(exercise)}", style="bold")
    file = Text(exercise.shown(exercise.stub), style="dim")
    text.append_text(Text("\n").join(flow([title, file], width, gap=2)))
    text.append("\n")
    if checked.problem:
        text.append("\n" + "\n".join(wrap(clean(retell(checked.problem)), width)) + "\n")
        return text
    parts = [(tr("examples"), checked.examples)]
    if checked.hidden is not None:
        parts.append((tr("hidden tests"), checked.hidden))
    for name, part in parts:
        text.append("\n")
        if len(parts) > 1:
            text.append(f"{name}\n", style="dim")
        text.append_text(_lines(part.tests, width))
        text.append_text(_points(part, width))
    if (failed := checked.first_failure) is not None:
        text.append("\n")
        text.append_text(failure(failed, width=width))
        if failed.line:
            text.append(f"  {exercise.shown(exercise.stub)}:{failed.line}\n", style="dim")
    return text


def run_screen(test: TestResult, *, width: int = 80) -> Text:
    """One run with its picture, passed or not."""
    ((_, word, style),) = (each for each in _endings() if each[0] == test.ending)
    parts = [Text(word, style=style), Text(duration(test.virtual_seconds), style="dim"), Text(test.name, style="dim")]
    text = Text("\n").join(flow(parts, width, gap=2)).append("\n\n")
    text.append_text(failure(test, width=width))
    text.rstrip()
    return text


def hints_screen(hints: Sequence[str], width: int = 80) -> Text:
    """The hints that have been asked for, numbered."""
    lines = [f"{number}  {hanging(_without_emphasis(hint), width, 3)}" for number, hint in enumerate(hints, 1)]
    return Text("\n".join(lines))


def _without_emphasis(markdown: str) -> str:
    """A hint as plain text: what is emphasized outside its code loses its asterisks."""
    parts = _CODE.split(markdown)
    return "".join(part if at % 2 else _EMPHASIS.sub(r"\2", part) for at, part in enumerate(parts))


def statement_screen(statement: Statement) -> Markdown:
    """A statement. Code keeps its backticks, and links their addresses: neither needs colour or a clever terminal."""
    parts = _FENCED.split(statement.text)
    prose = [_CODE.sub(r"`` \g<0> ``", part) if at % 2 == 0 else part for at, part in enumerate(parts)]
    return Markdown("".join(prose), hyperlinks=False)


def _lines(tests: Sequence[TestResult], width: int) -> Text:
    """`passed    3 s  The bodies are in the order of the URLs.`: a line for each test, in columns.

    Where the terminal is narrow, what fails is broken rather than cut, and the times are left to the timelines.
    """
    text = Text()
    words = {ending: (word, style) for ending, word, style in _endings()}
    of_words = max((cell_len(words[test.ending][0]) for test in tests), default=0)
    of_times = max((cell_len(duration(test.virtual_seconds)) for test in tests), default=0)
    for test in tests:
        word, style = words[test.ending]
        text.append(f"  {word}", style=style)
        text.append(" " * (of_words - cell_len(word) + 2))
        sentence = clean(tr(test.sentence))
        margin = 2 + of_words + 2
        if width >= _NARROW:
            text.append(f"{duration(test.virtual_seconds):>{of_times}}  ", style="dim")
            margin += of_times + 2
        if width < _NARROW and test.ending != "passed":
            text.append(hanging(sentence, width, margin))
        else:
            text.append(cut_short(sentence, width - margin))
        text.append("\n")
    return text


def _endings() -> tuple[tuple[Ending, str, str], ...]:
    return (
        ("passed", tr("passed"), "green"),
        ("rejected", tr("rejected"), "bold red"),
        ("raised", tr("raised"), "bold red"),
        ("stuck", tr("stuck"), "bold red"),
        ("grader error", tr("grader error"), "bold magenta"),
    )


def _points(result: ExerciseResult, width: int) -> Text:
    names = {
        "correctness": tr("correctness"),
        "concurrency": tr("concurrency"),
        "cancellation": tr("cancellation"),
    }
    parts = []
    for dimension in DIMENSIONS:
        earned, possible = result.by_dimension(dimension)
        if possible:
            style = "green" if earned == possible else ""
            parts.append(Text(f"{names[dimension]} {points(earned)}/{points(possible)}", style=style))
    return Text("\n").join(flow(parts, width, indent=2)).append("\n")


def verdict_sentence(course: Course, progress: Progress, checks: Sequence[Checked]) -> str:
    """The last line: what came of it, and the next step."""
    bad = [checked for checked in checks if not checked.good]
    if len(checks) == 1 and bad:
        (checked,) = checks
        number = int(checked.exercise.number)
        failing = sum(test.ending != "grader error" for test in checked.failures)
        if checked.problem or not failing:
            return tr("The grader failed, not the code: check again.")
        return trn(
            "{count} test does not pass yet: mend what is shown above, or ask `grader hint {number}`.",
            "{count} tests do not pass yet: mend the first, which is shown above, or ask `grader hint {number}`.",
            failing,
            number=number,
        )
    if bad:
        return trn(
            "{count} exercise is not done yet: go on with `grader check {number}`.",
            "{count} exercises are not done yet: go on with `grader check {number}`.",
            len(bad),
            number=int(bad[0].exercise.number),
        )
    following = progress.next(course, checks[-1].exercise if checks else None)
    if following is None:
        return tr("Everything passes, and every exercise of the course is done.")
    return tr("Everything passes. Next: `grader show {number}`.", number=int(following.number))
