"""`grader check EXERCISE --debug`: one test, with Python's debugger on the terminal and no limit of time."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from grader.catalog import Course, Exercise
from grader.cli.learn import run_tests
from grader.cli.running import Trouble, say
from grader.desk.practice import debug
from grader.judge.bench import Bench
from grader.judge.endings import LEFT_DEBUGGER
from grader.judge.job import BenchError
from grader.messages import tr
from grader.reports.desk import run_screen


def debug_test(console: Console, course: Course, exercise: Exercise, test: str | None, *, hidden: bool) -> None:
    """Debug the test whose name begins with `test`; without it the first that fails, else the first.

    Raises:
        Trouble: there is no terminal, or no such test.
        SystemExit: the test has not passed.
    """
    if not (console.is_terminal and sys.stdin.isatty()):
        raise Trouble(tr("`grader check --debug` needs a terminal."))
    checked, tests = run_tests(course, exercise, test, hidden=hidden)
    chosen = tests[0] if test else checked.first_failure or tests[0]
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
