"""What all commands share: options, the course, benches, progress, and errors as sentences."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

import click
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from grader.boundary.forks import LEVELS
from grader.catalog import Course, Exercise
from grader.classroom.pool import OpenBench
from grader.messages import tr
from grader.problems import Problem
from grader.records.results import StudentResult
from grader.reports.feedback import FEEDBACKS, Feedback
from grader.reports.wording import points
from grader.reports.wrapping import wrap

Command = TypeVar("Command", bound=Callable[..., Any])


class Trouble(click.ClickException):
    """Something that the user can mend, in one sentence."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Say it in the language that is spoken."""
        say(Console(file=file or sys.stderr), tr("Error: {message}", message=self.message))


class Interrupted(Trouble):
    """Ctrl-C: the exit status is what shells expect of it."""

    exit_code = 130


def cores() -> int:
    """The processors that this process may use, which in a container are fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


course_option = click.option(
    "--course",
    "course_path",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The course's folder.  [default: the nearest parent that holds exercises/course.toml]",
)
workers_option = click.option(
    "--workers",
    "--max-workers",
    "workers",
    type=click.IntRange(min=1),
    default=cores,
    show_default="one for each processor",
    help="How many submissions are judged at once.",
)


def exercises_option(help: str) -> Callable[[Command], Command]:
    """`--exercise`, as often as there are exercises."""
    return click.option("--exercise", "exercises", multiple=True, metavar="EXERCISE", help=help)


def feedback_option(default: Feedback, help: str) -> Callable[[Command], Command]:
    """`--feedback`: how much is told of hidden tests."""
    return click.option("--feedback", type=click.Choice(FEEDBACKS), default=default, show_default=True, help=help)


def judging(course: Course, *, lowest: str = "none", highest: str = LEVELS[-1]) -> tuple[OpenBench, str]:
    """How a bench is opened, and what walls stand around a submission on this machine.

    Raises:
        Trouble: the walls are lower than `lowest`.
    """
    # Imported here, because pytest and aiohttp are slow to import and `--help` needs neither.
    from grader.judge.bench import Bench
    from grader.judge.launch import level_here

    level = level_here(highest)
    if LEVELS.index(level) < LEVELS.index(lowest):
        raise Trouble(
            f"This machine puts no walls around a submission (level {level!r}, {lowest!r} is needed): "
            "run `grader doctor` to see what it lacks, or give --unsafe-no-sandbox to grade all the same."
        )
    return lambda: Bench(course.root, walls=level, lowest=level), level


class _Rate(ProgressColumn):
    """How many are done in a real second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f}/s", style="progress.data.speed")


class Bar:
    """How a long run goes on: a bar with the time left on a terminal, a line for each student elsewhere."""

    def __init__(self, console: Console, verb: str) -> None:
        # FORCE_COLOR makes rich take a pipe for a terminal; colours may go there, a moving bar may not.
        self._moves = console.is_interactive and console.file.isatty()
        self._console = console
        self._progress = Progress(
            TextColumn(verb),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("[magenta]{task.fields[failures]}"),
            console=console,
            transient=True,
            disable=not self._moves,
        )
        self._task = self._progress.add_task(verb, total=None, failures="")
        self._failures = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begins(self, submissions: int) -> None:
        self._progress.update(self._task, total=submissions)

    def judged(self, *, failed: bool = False) -> None:
        self._progress.advance(self._task)
        self._failures += failed
        if self._failures:
            self._progress.update(self._task, failures=f"{self._failures} failed")

    def finished(self, student: StudentResult) -> None:
        if not self._moves:
            say(
                self._console,
                f"graded  {points(student.score):>7} of {points(student.points)}  {student.student}",
            )

    def show(self, *parts: RenderableType) -> None:
        """Print above the bar."""
        for part in parts:
            self._console.print(part)


@contextmanager
def troubles() -> Iterator[None]:
    """Turn what the user can mend into one sentence, without a traceback."""
    try:
        yield
    except Problem as error:
        raise Trouble(str(error)) from error
    except OSError as error:
        raise Trouble(f"{error.filename or tr('A file')}: {error.strerror or error}.") from error
    except KeyboardInterrupt as error:
        raise Interrupted(tr("Interrupted; no file was left half written.")) from error


def chosen(course: Course, named: tuple[str, ...]) -> tuple[Exercise, ...]:
    """The exercises that were named, each once and in the course's order; all where none was."""
    wanted = {course.find(text).name for text in named}
    return tuple(exercise for exercise in course.exercises if not wanted or exercise.name in wanted)


def say(console: Console, line: str) -> None:
    """Say a sentence: whole to a pipe, broken between words where a terminal would break it anywhere."""
    if console.is_terminal:
        line = "\n".join(wrap(line, console.width, cut=False))
    console.print(line, markup=False, highlight=False, soft_wrap=True)
