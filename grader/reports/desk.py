"""The student's screens: the map of the course, and how a check went. Shape carries meaning; colour repeats it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from grader.catalog import Course, Exercise
from grader.desk.practice import Checked
from grader.desk.progress import Progress, State
from grader.messages import language, tr, trn
from grader.records.results import DIMENSIONS, ExerciseResult, TestResult
from grader.reports.clean import clean
from grader.reports.failure import failure
from grader.reports.wording import duration, points

_SQUARES = {State.DONE: ("■", "green"), State.BEGUN: ("◧", "yellow"), State.UNTOUCHED: ("□", "dim")}


def title_of(exercise: Exercise) -> str:
    """The exercise's title in the language that is spoken."""
    return exercise.title_zh if language() == "zh-CN" and exercise.title_zh else exercise.title


def progress_map(course: Course, progress: Progress) -> Text:
    """A line for each track: its title, a square for each exercise, how many are done, and where to go on."""
    text = Text()
    rows = []
    for track in course.tracks:
        exercises = course.in_track(track.slug)
        if exercises:
            title = track.title_zh if language() == "zh-CN" and track.title_zh else track.title
            rows.append((title, exercises))
    margin = max((cell_len(title) for title, _ in rows), default=0)
    squares = max((len(exercises) for _, exercises in rows), default=0)
    for title, exercises in rows:
        text.append(f"  {title}{' ' * (margin - cell_len(title))}  ")
        states = [progress.state(exercise) for exercise in exercises]
        for state in states:
            square, style = _SQUARES[state]
            text.append(f"{square} ", style=style)
        done = states.count(State.DONE)
        text.append(
            "  " * (squares - len(states)) + f" {done}/{len(states)}", style="green" if done == len(states) else ""
        )
        here = next((at for at, state in enumerate(states) if state is not State.DONE), None)
        if here is not None:
            text.append(f"   {exercises[here].number} {title_of(exercises[here])}", style="dim")
        text.append("\n")
    text.append("\n  ")
    for state, words in (
        (State.DONE, tr("done")),
        (State.BEGUN, tr("begun")),
        (State.UNTOUCHED, tr("not begun")),
    ):
        square, style = _SQUARES[state]
        text.append(square, style=style)
        text.append(f" {words}   ", style="dim")
    text.append("\n")
    return text


def next_step(course: Course, progress: Progress, after: Exercise | None = None) -> Text:
    """The next exercise, its files, and the one command to go on with, in a whole sentence."""
    exercise = progress.next(course, after)
    if exercise is None:
        return Text(tr("Every exercise of the course is done."))
    text = Text()
    text.append(f"{exercise.number} {title_of(exercise)}\n", style="bold")
    text.append(f"  {exercise.shown(exercise.stub)}\n")
    text.append(f"  {exercise.shown(exercise.examples)}\n")
    text.append(
        tr(
            "Read it with `grader show {number}`, edit the file, then run `grader check {number}`.",
            number=int(exercise.number),
        )
    )
    return text


def check_screen(checked: Checked, *, width: int = 80) -> Text:
    """How one exercise fared: a line for each test, the first failure with its picture, points by dimension."""
    exercise, text = checked.exercise, Text()
    text.append(f"{exercise.number} {title_of(exercise)}", style="bold")
    text.append(f"  {exercise.shown(exercise.stub)}\n", style="dim")
    if checked.problem:
        text.append(f"\n{clean(checked.problem)}\n")
        return text
    parts = [(tr("examples"), checked.examples)]
    if checked.hidden is not None:
        parts.append((tr("hidden tests"), checked.hidden))
    for name, part in parts:
        text.append("\n")
        if len(parts) > 1:
            text.append(f"{name}\n", style="dim")
        for test in part.tests:
            text.append_text(_line(test, width))
        text.append_text(_points(part))
    if (failed := checked.first_failure) is not None:
        text.append("\n")
        text.append_text(failure(failed, width=width))
        if failed.line:
            text.append(f"  {exercise.shown(exercise.stub)}:{failed.line}\n", style="dim")
    return text


def run_screen(test: TestResult, *, width: int = 80) -> Text:
    """One run with its picture, passed or not."""
    text = _line(test, width)
    text.append("\n")
    text.append_text(failure(test, width=width))
    return text


def _line(test: TestResult, width: int) -> Text:
    """`passed    3 s   The bodies are in the order of the URLs.`, cut to one line."""
    words = {
        "passed": (tr("passed"), "green"),
        "rejected": (tr("rejected"), "bold red"),
        "raised": (tr("raised"), "bold red"),
        "stuck": (tr("stuck"), "bold red"),
        "grader error": (tr("grader error"), "bold magenta"),
    }
    word, style = words[test.ending]
    line = Text("  ")
    line.append(word + " " * max(1, 13 - cell_len(word)), style=style)
    line.append(f"{duration(test.virtual_seconds):>9}  ", style="dim")
    sentence = Text(clean(test.sentence))
    sentence.truncate(max(20, width - 26), overflow="ellipsis")
    line.append_text(sentence)
    line.append("\n")
    return line


def _points(result: ExerciseResult) -> Text:
    line = Text("  ")
    names = {
        "correctness": tr("correctness"),
        "concurrency": tr("concurrency"),
        "cancellation": tr("cancellation"),
    }
    for dimension in DIMENSIONS:
        earned, possible = result.by_dimension(dimension)
        if possible:
            style = "green" if earned == possible else ""
            line.append(f"{names[dimension]} {points(earned)}/{points(possible)}   ", style=style)
    line.append("\n")
    return line


def verdict_sentence(course: Course, progress: Progress, checks: Sequence[Checked]) -> str:
    """The last line: what came of it, and the next step."""
    bad = [checked for checked in checks if not checked.good]
    if len(checks) == 1 and bad:
        (checked,) = checks
        number = int(checked.exercise.number)
        if checked.problem:
            return tr("The grader failed, not the code: check again.")
        failing = len(checked.tests) - checked.passed
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
