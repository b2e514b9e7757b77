"""The commands of students: the map, check, show, hint."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from grader import messages
from grader.catalog import Course, Exercise, course_root
from grader.catalog.statement import read_statement
from grader.cli.running import Command, Trouble, chosen, cores, course_option, say, troubles
from grader.desk.practice import Checked
from grader.desk.practice import check as check_each
from grader.desk.progress import Progress
from grader.messages import tr
from grader.records.results import TestResult
from grader.reports.desk import (
    check_screen,
    hints_screen,
    next_step,
    progress_map,
    run_screen,
    statement_screen,
    verdict_sentence,
)
from grader.reports.legible import can_show

if TYPE_CHECKING:
    from grader.judge.bench import Bench


def lang_option(command: Command) -> Command:
    """`--lang`, on every command of students."""
    return click.option(
        "--lang",
        type=click.Choice(messages.LANGUAGES),
        help="The language to speak.  [default: that of the locale, else the course's]",
    )(command)


def load(course_path: Path | None, lang: str | None) -> Course:
    """The course; from now on messages are in the student's language."""
    if lang is not None and not can_show(lang, sys.stdout.encoding):
        raise Trouble(
            f"The output cannot show {lang}, because its encoding is {sys.stdout.encoding}: "
            "set PYTHONUTF8=1 in the environment, or give --lang en."
        )
    messages.use(lang or _preferred())
    course = Course.load(course_root(course_path))
    messages.use(lang or _preferred(course.language), course.locale)
    return course


def _preferred(course_language: str = "en") -> str:
    """The language of the locale or the course, where the output can show it; else English."""
    language = messages.preferred(course_language)
    return language if can_show(language, sys.stdout.encoding) else "en"


def practice_bench(course: Course) -> Bench:
    """A bench for one's own code: with the walls that cost nothing, where the system has them."""
    from grader.judge.bench import Bench

    return Bench(course.root, walls="filtered")


def hints_of(exercise: Exercise) -> tuple[str, ...]:
    """The hints of an exercise in the language that is spoken."""
    return exercise.hints_zh if messages.language() == "zh-CN" and exercise.hints_zh else exercise.hints


@click.command()
@course_option
@lang_option
def list_(course_path: Path | None, lang: str | None) -> None:
    """Show the course as a map of progress, and how to go on."""
    console = Console()
    with troubles():
        course = load(course_path, lang)
        progress = Progress.load(course.root)
    console.print(progress_map(course, progress, width=console.width), soft_wrap=True)
    console.print(next_step(course, progress, width=console.width), soft_wrap=True)


@click.command()
@click.argument("exercises", metavar="[EXERCISE]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Check every exercise, on all processors.")
@click.option("--hidden", is_flag=True, help="Run the hidden suites too, where they are present.")
@click.option("--debug", is_flag=True, help="Run the first test that fails, with the debugger at each `breakpoint()`.")
@click.option("--test", metavar="TEST", help="The test to debug.")
@course_option
@lang_option
def check(
    exercises: tuple[str, ...],
    everything: bool,
    hidden: bool,
    debug: bool,
    test: str | None,
    course_path: Path | None,
    lang: str | None,
) -> None:
    """Run the examples of EXERCISE (a number, a name or a path); without one, of the next that is not done."""
    console = Console()
    with troubles():
        course = load(course_path, lang)
        if debug:
            from grader.cli.debug import debug_test, insist_on_terminal

            insist_on_terminal(console)
            exercise = _alone(_wanted(course, Progress.load(course.root), exercises, everything))
            checked, tests = run_tests(course, exercise, test, hidden=hidden)
            debug_test(console, course, checked, tests[0] if test else checked.first_failure or tests[0])
            return
        if test:
            raise Trouble(tr("--test names the test to debug: give it together with --debug."))
        progress = Progress.load(course.root)
        wanted = _wanted(course, progress, exercises, everything)
        checks: list[Checked] = []
        workers = cores() if len(wanted) > 1 else 1
        for checked in check_each(wanted, open_bench=lambda: practice_bench(course), workers=workers, hidden=hidden):
            checks.append(checked)
            if not checked.problem:
                progress.checked(checked.exercise, checked.source, checked.passed, len(checked.tests))
            if len(wanted) == 1 or not checked.good:
                console.print(check_screen(checked, width=console.width), soft_wrap=True)
    if len(wanted) > 1:
        console.print(progress_map(course, progress, width=console.width), soft_wrap=True)
    say(console, verdict_sentence(course, progress, checks))
    if not all(checked.good for checked in checks):
        raise SystemExit(1)


def _alone(exercises: tuple[Exercise, ...]) -> Exercise:
    if len(exercises) > 1:
        raise Trouble(tr("One exercise at a time can be debugged: name one."))
    return exercises[0]


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
    console.print(statement_screen(statement))


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
        hints = hints_of(found)
        if not hints:
            raise Trouble(tr("{exercise} has no hints.", exercise=found.name))
        count = progress.hinted(found)
    console.print(hints_screen(hints[:count], console.width), "", sep="\n", soft_wrap=True)
    if count < len(hints):
        say(console, tr("{count} of {total} hints shown; ask again for one more.", count=count, total=len(hints)))
    else:
        say(console, tr("These are all {total} hints.", total=len(hints)))


@click.command()
@click.argument("exercise")
@click.argument("test", required=False)
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write a page instead.")
@click.option("--hidden", is_flag=True, help="Run the hidden suite, where it is present.")
@course_option
@lang_option
def timeline(
    exercise: str, test: str | None, html: Path | None, hidden: bool, course_path: Path | None, lang: str | None
) -> None:
    """Draw how TEST of EXERCISE ran, whether it passed or not; without TEST the first that fails, else the first."""
    console = Console()
    with troubles():
        checked, tests = _run(exercise, test, hidden, None, course_path, lang)
        if html is not None:
            from grader.reports.timeline_page import timeline_page

            html.write_text(timeline_page(checked.exercise, tests), encoding="utf-8", newline="\n")
            say(console, tr("The timelines are in {file}.", file=html))
            return
    shown = tests[0] if test else checked.first_failure or tests[0]
    console.print(run_screen(shown, width=console.width), soft_wrap=True)


@click.command()
@click.argument("exercise")
@click.argument("test", required=False)
@click.option("--weather", type=int, required=True, metavar="SEED", help="The seed that a failure has named.")
@click.option("--hidden", is_flag=True, help="Run the hidden suite, where it is present.")
@course_option
@lang_option
def play(
    exercise: str, test: str | None, weather: int, hidden: bool, course_path: Path | None, lang: str | None
) -> None:
    """Run the weather tests of EXERCISE again, exactly as they ran under SEED."""
    console = Console()
    with troubles():
        _, tests = _run(exercise, test, hidden, weather, course_path, lang)
        under_weather = [result for result in tests if result.seed is not None] or list(tests)
    for result in under_weather:
        console.print(run_screen(result, width=console.width), "", sep="\n", soft_wrap=True)
    if any(result.ending != "passed" for result in under_weather):
        say(console, tr("The same seed repeats this run exactly."))
        raise SystemExit(1)
    say(console, tr("Under this seed everything passes."))


def _run(
    exercise: str, test: str | None, hidden: bool, weather: int | None, course_path: Path | None, lang: str | None
) -> tuple[Checked, tuple[TestResult, ...]]:
    """One exercise, run; and its tests, those whose names begin with `test` where it is given."""
    course = load(course_path, lang)
    return run_tests(course, course.find(exercise), test, hidden=hidden, weather=weather)


def run_tests(
    course: Course, exercise: Exercise, test: str | None, *, hidden: bool, weather: int | None = None
) -> tuple[Checked, tuple[TestResult, ...]]:
    """`exercise`, run; and its tests, those whose names begin with `test` where it is given."""
    (checked,) = check_each(
        [exercise], open_bench=lambda: practice_bench(course), workers=1, hidden=hidden, weather=weather
    )
    if checked.problem:
        raise Trouble(checked.problem)
    tests = checked.tests
    if test is not None:
        wanted = test if test.startswith("test_") else f"test_{test}"
        tests = tuple(result for result in tests if result.name.startswith(wanted))
    if not tests:
        names = ", ".join(result.name for result in checked.tests)
        raise Trouble(
            tr("{exercise} has no test {test!r}; it has {names}.", exercise=exercise.name, test=test, names=names)
        )
    return checked, tests
