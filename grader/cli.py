"""The command `grader`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType

import click
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grader import __version__
from grader.boundary.forks import LEVELS
from grader.catalog import CatalogError, Course, Exercise, course_root
from grader.classroom.grade import grade as grade_class
from grader.classroom.pool import OpenBench
from grader.classroom.publish import PublishError
from grader.classroom.submissions import SubmissionsError
from grader.classroom.verify import candidates
from grader.classroom.verify import verify as verify_exercises
from grader.law import LawReport
from grader.records.results import StudentResult
from grader.reports.diagnosis import diagnosis
from grader.reports.law_matrix import law_matrix
from grader.reports.scoreboard import scoreboard
from grader.reports.wording import points


class Trouble(click.ClickException):
    """Something that the user can mend, in one sentence."""

    exit_code = 2


class Interrupted(click.ClickException):
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
    type=click.IntRange(min=1),
    default=cores,
    show_default="one for each processor",
    help="How many submissions are judged at once.",
)


@click.group()
@click.version_option(__version__, prog_name="grader")
def main() -> None:
    """Judge exercises in asynchronous Python, in virtual time."""


@main.command()
@click.argument("exercises", metavar="[EXERCISE]...", nargs=-1)
@click.option("--seeds", type=click.IntRange(min=1), help="How many seeds each weather test runs under.")
@workers_option
@course_option
def verify(exercises: tuple[str, ...], seeds: int | None, workers: int, course_path: Path | None) -> None:
    """Check that stubs fail, solutions pass, and each mistake is caught as it says."""
    console = Console()
    with _troubles():
        course = Course.load(course_root(course_path))
        chosen = _chosen(course, exercises)
        # Files that belong to no exercise are a matter of the whole course.
        strays = () if exercises else course.strays()
        open_bench, _ = judging(course)
        reports: list[LawReport] = []
        with _Bar(console, "verifying") as bar:
            bar.begins(sum(len(candidates(exercise)) for exercise in chosen))
            every = verify_exercises(
                chosen, open_bench=open_bench, workers=workers, weather_seeds=seeds, judged=bar.judged
            )
            with closing(every):
                for report in every:
                    reports.append(report)
                    bar.show(law_matrix(report), "")
    for stray in strays:
        _say(console, f"breach: {stray}")
    _say(console, _law_sentence(reports, len(strays)))
    if strays or any(report.breaches for report in reports):
        raise SystemExit(1)


@main.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where the results are written.")
@click.option(
    "--exercise",
    "exercises",
    multiple=True,
    metavar="EXERCISE",
    help="Grade this exercise only; may be given several times.",
)
@click.option(
    "--input-seed", type=int, default=0, show_default=True, help="What the suites' random inputs are drawn from."
)
@click.option(
    "--unsafe-no-sandbox", "unsafe", is_flag=True, help="Grade even where no walls can be put around a submission."
)
@workers_option
@course_option
def grade(
    submissions: Path,
    out: Path,
    exercises: tuple[str, ...],
    input_seed: int,
    unsafe: bool,
    workers: int,
    course_path: Path | None,
) -> None:
    """Grade SUBMISSIONS: a folder that holds one folder for each student."""
    console = Console()
    with _troubles(), _shown(console):
        course = Course.load(course_root(course_path))
        open_bench, walls = judging(course, lowest="none" if unsafe else "filtered")
        with _Bar(console, "grading") as bar:
            result = grade_class(
                course,
                submissions,
                out,
                exercises=_chosen(course, exercises),
                open_bench=open_bench,
                workers=workers,
                walls=walls,
                input_seed=input_seed,
                watcher=bar,
            )
    console.print(scoreboard(result))
    if unjudged := sum(exercise.has_grader_error for student in result.students for exercise in student.exercises):
        failed = "1 submission" if unjudged == 1 else f"{unjudged} submissions"
        _say(console, f"The grader failed at {failed}, by no fault of the students: grade again.")
    _say(console, f"The pages are in {out / 'index.html'}.")


@main.command()
def doctor() -> None:
    """Show what walls this machine can put around a submission, and attack them."""
    from grader.doctor import examine

    with _troubles():
        found = examine()
    console = Console()
    console.print(diagnosis(found.parts, found.level, found.attacks, found.advice, good=found.good), soft_wrap=True)
    if found.good:
        _say(console, "Submissions can be graded here.")
    else:
        _say(console, "Submissions of strangers should not be graded here; students can practise.")
        raise SystemExit(1)


def judging(course: Course, *, lowest: str = "none") -> tuple[OpenBench, str]:
    """How a bench is opened, and what walls stand around a submission on this machine.

    Raises:
        Trouble: the walls are lower than `lowest`.
    """
    # Imported here, because pytest and aiohttp are slow to import and `--help` needs neither.
    from grader.judge.bench import Bench
    from grader.judge.launch import level_here

    level = level_here()
    if LEVELS.index(level) < LEVELS.index(lowest):
        raise Trouble(
            f"This machine puts no walls around a submission (level {level!r}, {lowest!r} is needed): "
            "run `grader doctor` to see what it lacks, or give --unsafe-no-sandbox to grade all the same."
        )
    return lambda: Bench(course.root, walls=level, lowest=level), level


class _Bar:
    """How a long run goes on: a bar with the time left on a terminal, a line for each student elsewhere."""

    def __init__(self, console: Console, verb: str) -> None:
        # FORCE_COLOR makes rich take a pipe for a terminal; colours may go there, a moving bar may not.
        self._moves = console.is_interactive and console.file.isatty()
        self._console = console
        self._progress = Progress(
            TextColumn(verb),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not self._moves,
        )
        self._task = self._progress.add_task(verb, total=None)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begins(self, submissions: int) -> None:
        self._progress.update(self._task, total=submissions)

    def judged(self) -> None:
        self._progress.advance(self._task)

    def finished(self, student: StudentResult) -> None:
        if not self._moves:
            _say(
                self._console,
                f"graded  {points(student.earned):>7} of {points(student.points)}  {student.student}",
            )

    def show(self, *parts: RenderableType) -> None:
        """Print above the bar."""
        for part in parts:
            self._console.print(part)


@contextmanager
def _troubles() -> Iterator[None]:
    """Turn what the user can mend into one sentence, without a traceback."""
    try:
        yield
    except (CatalogError, SubmissionsError, PublishError) as error:
        raise Trouble(str(error)) from error
    except OSError as error:
        raise Trouble(f"{error.filename or 'A file'}: {error.strerror or error}.") from error
    except KeyboardInterrupt as error:
        raise Interrupted("Interrupted; no file was left half written.") from error


@contextmanager
def _shown(console: Console) -> Iterator[None]:
    """What has been judged is shown even where it cannot be written."""
    try:
        yield
    except PublishError as error:
        if error.result is not None:
            console.print(scoreboard(error.result))
        raise


def _chosen(course: Course, named: tuple[str, ...]) -> tuple[Exercise, ...]:
    """The exercises that were named, each once and in the course's order; all where none was."""
    wanted = {course.find(text).name for text in named}
    return tuple(exercise for exercise in course.exercises if not wanted or exercise.name in wanted)


def _law_sentence(reports: list[LawReport], strays: int) -> str:
    breaches = strays + sum(len(report.breaches) for report in reports)
    exercises = "1 exercise" if len(reports) == 1 else f"{len(reports)} exercises"
    if breaches:
        return f"The law of the kit is broken {_times(breaches)} in {exercises}; mend what is named above."
    return f"The law of the kit holds in {exercises}."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
