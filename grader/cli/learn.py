"""The commands of students: the map, check, show, hint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.markdown import Markdown

from grader import messages
from grader.boundary.forks import LEVELS
from grader.catalog import Course, Exercise, course_root
from grader.catalog.statement import read_statement
from grader.classroom.pool import OpenBench
from grader.cli.running import Trouble, chosen, cores, course_option, say, troubles
from grader.desk.practice import Checked
from grader.desk.practice import check as check_each
from grader.desk.progress import Progress
from grader.messages import tr
from grader.reports.desk import check_screen, next_step, progress_map, verdict_sentence

Command = TypeVar("Command", bound=Callable[..., Any])


def lang_option(command: Command) -> Command:
    """`--lang`, on every command of students."""
    return click.option(
        "--lang",
        type=click.Choice(messages.LANGUAGES),
        help="The language to speak.  [default: that of the locale, else the course's]",
    )(command)


def load(course_path: Path | None, lang: str | None) -> Course:
    """The course; from now on messages are in the student's language."""
    messages.use(lang or messages.preferred())
    course = Course.load(course_root(course_path))
    messages.use(lang or messages.preferred(course.language))
    return course


def practising(course: Course) -> OpenBench:
    """How a bench for one's own code is opened: with the walls that cost nothing, where the system has them."""
    from grader.judge.bench import Bench

    return lambda: Bench(course.root, walls=LEVELS[LEVELS.index("filtered")])


@click.command()
@course_option
@lang_option
def list_(course_path: Path | None, lang: str | None) -> None:
    """Show the course as a map of progress, and how to go on."""
    console = Console()
    with troubles():
        course = load(course_path, lang)
        progress = Progress.load(course.root)
    console.print(progress_map(course, progress), soft_wrap=True)
    console.print(next_step(course, progress), soft_wrap=True)


@click.command()
@click.argument("exercises", metavar="[EXERCISE]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Check every exercise, on all processors.")
@click.option("--hidden", is_flag=True, help="Run the hidden suites too, where they are present.")
@course_option
@lang_option
def check(
    exercises: tuple[str, ...], everything: bool, hidden: bool, course_path: Path | None, lang: str | None
) -> None:
    """Run the examples of EXERCISE (a number, a name or a path); without one, of the next that is not done."""
    console = Console()
    with troubles():
        course = load(course_path, lang)
        progress = Progress.load(course.root)
        wanted = _wanted(course, progress, exercises, everything)
        checks: list[Checked] = []
        workers = cores() if len(wanted) > 1 else 1
        for checked in check_each(wanted, open_bench=practising(course), workers=workers, hidden=hidden):
            checks.append(checked)
            if not checked.problem:
                progress.checked(checked.exercise, checked.source, checked.passed, len(checked.tests))
            if len(wanted) == 1 or not checked.good:
                console.print(check_screen(checked, width=console.width), soft_wrap=True)
    if len(wanted) > 1:
        console.print(progress_map(course, progress), soft_wrap=True)
    say(console, verdict_sentence(course, progress, checks))
    if not all(checked.good for checked in checks):
        raise SystemExit(1)


def _wanted(course: Course, progress: Progress, exercises: tuple[str, ...], everything: bool) -> tuple[Exercise, ...]:
    if everything and exercises:
        raise Trouble(tr("Name exercises or give --all, not both."))
    if everything or exercises:
        return chosen(course, exercises)
    following = progress.next(course)
    if following is None:
        raise Trouble(tr("Every exercise of the course is done; name one to check it again."))
    return (following,)


@click.command()
@click.argument("exercise", required=False)
@course_option
@lang_option
def show(exercise: str | None, course_path: Path | None, lang: str | None) -> None:
    """Show the statement of EXERCISE; without one, of the next that is not done."""
    console = Console()
    with troubles():
        course = load(course_path, lang)
        (found,) = _wanted(course, Progress.load(course.root), (exercise,) if exercise else (), False)
        statement = read_statement(found, messages.language())
    console.print(Markdown(statement.text))


@click.command()
@click.argument("exercise", required=False)
@course_option
@lang_option
def hint(exercise: str | None, course_path: Path | None, lang: str | None) -> None:
    """Show the hints of EXERCISE so far, and one more."""
    console = Console()
    with troubles():
        course = load(course_path, lang)
        progress = Progress.load(course.root)
        (found,) = _wanted(course, progress, (exercise,) if exercise else (), False)
        hints = found.hints_zh if messages.language() == "zh-CN" and found.hints_zh else found.hints
        if not hints:
            raise Trouble(tr("{exercise} has no hints.", exercise=found.name))
        count = progress.hinted(found)
    for number, text in enumerate(hints[:count], 1):
        console.print(Markdown(f"{number}. {text}"))
    if count < len(hints):
        say(console, tr("{count} of {total} hints shown; ask again for one more.", count=count, total=len(hints)))
    else:
        say(console, tr("These are all {total} hints.", total=len(hints)))
