"""`grader check EXERCISE --debug`: one test, with Python's debugger on the terminal and no limit of time."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from grader.catalog import Course
from grader.cli.running import Trouble, say
from grader.desk.practice import Checked, debug
from grader.judge.bench import Bench
from grader.judge.endings import LEFT_DEBUGGER
from grader.judge.job import BenchError
from grader.messages import tr
from grader.records.results import TestResult
from grader.reports.desk import run_screen


def insist_on_terminal(console: Console) -> None:
    """Refuse to debug where nobody can answer.

    Raises:
        Trouble: there is no terminal.
    """
    if not (console.is_terminal and sys.stdin.isatty()):
        raise Trouble(tr("`grader check --debug` needs a terminal."))


def debug_test(console: Console, course: Course, checked: Checked, chosen: TestResult) -> None:
    """Run one test of an exercise again, with the debugger.

    Raises:
        SystemExit: the test has not passed.
    """
    exercise = checked.exercise
    say(console, tr("{test}: the debugger opens at each `breakpoint()`.", test=chosen.name))
    say(console, tr("Its commands are n (next line), s (step), p NAME (show), c (go on), q (quit) and h (help)."))
    with Bench(course.root, debug=True) as bench, _interrupts_left_to_the_code():
        try:
            result = debug(exercise, chosen, hidden=chosen not in checked.examples.tests, bench=bench)
        except BenchError as error:
            raise Trouble(str(error)) from error
    number = int(exercise.number)
    if result.cause == LEFT_DEBUGGER:
        say(console, tr("The debugger was left; `grader check {number}` runs the tests without it.", number=number))
        raise SystemExit(1)
    console.print(run_screen(result, width=console.width), soft_wrap=True)
    if result.ending != "passed":
        say(console, tr("This test does not pass yet: mend what is shown above, or debug it again."))
        raise SystemExit(1)
    say(console, tr("This test passes; `grader check {number}` runs them all.", number=number))


@contextmanager
def _interrupts_left_to_the_code() -> Iterator[None]:
    """Ctrl-C is for the code that is being debugged. Not `SIG_IGN`, which its process would inherit."""
    before = signal.signal(signal.SIGINT, lambda signum, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
