"""The commands that grade a class: grade, branches, explain, adjust."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TypedDict, Unpack

import click
from rich.console import Console

from grader.catalog import Course, course_root
from grader.classroom.cluster import on_cluster
from grader.classroom.entries import Adjustment
from grader.classroom.explain import Record
from grader.classroom.grade import grade as grade_class
from grader.classroom.late import read_extensions, unknown
from grader.classroom.ledger import LEDGER, Ledger, LedgerError
from grader.classroom.pool import Judges, on_benches
from grader.classroom.publish import PublishError
from grader.classroom.sources import KINDS, Kind
from grader.cli import running
from grader.cli.running import (
    Bar,
    Trouble,
    chosen,
    course_option,
    exercises_option,
    feedback_option,
    say,
    troubles,
    workers_option,
)
from grader.reports.clean import clean
from grader.reports.explanation import explanation
from grader.reports.feedback import Feedback
from grader.reports.scoreboard import scoreboard

ledger_option = click.option(
    "--ledger",
    default="",
    metavar="PATH|URL",
    help="Where verdicts are kept: a SQLite file or postgresql://…  [default: ledger.sqlite among the results]",
)


class _Options(TypedDict):
    """What all ways of grading are given."""

    out: Path
    exercises: tuple[str, ...]
    extensions: Path | None
    input_seed: int
    feedback: Feedback
    unsafe: bool
    workers: int
    executor: str | None
    ledger: str
    course_path: Path | None


def _grading(command: Callable[..., None]) -> Callable[..., None]:
    """The options that all ways of grading share."""
    options = (
        click.option("--out", type=click.Path(path_type=Path), required=True, help="Where the results are written."),
        exercises_option("Grade this exercise only; may be given several times."),
        click.option(
            "--extensions",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="A TOML file with deadlines of single students.",
        ),
        click.option(
            "--input-seed",
            type=int,
            default=0,
            show_default=True,
            help="What the suites' random inputs are drawn from.",
        ),
        feedback_option(
            "sentences",
            "How much a student's page tells: all, values of the hidden tests too; the sentence of each test, how it "
            "ended, and what was handed in; or the points in each dimension.",
        ),
        click.option(
            "--unsafe-no-sandbox",
            "unsafe",
            is_flag=True,
            help="Grade even where no walls can be put around a submission.",
        ),
        click.option(
            "--executor", metavar="dask://HOST:PORT", help="Judge on a Dask cluster instead of on this machine."
        ),
        ledger_option,
        workers_option,
        course_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "kind",
    type=click.Choice(KINDS),
    help="What kind of submissions these are.  [default: recognised from what lies there]",
)
@_grading
def grade(submissions: Path, kind: Kind | None, **options: Unpack[_Options]) -> None:
    """Grade SUBMISSIONS: a folder or an archive that holds one folder for each student, one archive for each, one
    Git repository for each, or a download of Moodle's, Canvas's or nbgrader's.
    """
    _grade(submissions, kind=kind, **options)


@click.command()
@click.argument("repository", metavar="REPO", type=click.Path(path_type=Path))
@click.argument("pattern")
@_grading
def branches(repository: Path, pattern: str, **options: Unpack[_Options]) -> None:
    """Grade the heads of the branches of REPO that fit PATTERN, such as 'student/*': one branch for each student.

    Nothing is checked out.
    """
    _grade(repository, branches=pattern, **options)


def _grade(submissions: Path, *, kind: Kind | None = None, branches: str = "", **options: Unpack[_Options]) -> None:
    console = Console()
    out, named = options["out"], options["exercises"]
    with troubles(), _shown(console):
        course = Course.load(course_root(options["course_path"]))
        extensions = read_extensions(options["extensions"], course) if options["extensions"] else {}
        lowest = "none" if options["unsafe"] else "filtered"
        with _judges(course, lowest, options) as (judges, walls), Bar(console, "grading") as bar:
            result = grade_class(
                course,
                submissions,
                out,
                kind=kind,
                branches=branches,
                exercises=chosen(course, named) if named else (),
                extensions=extensions,
                judges=judges,
                walls=walls,
                ledger=options["ledger"],
                input_seed=options["input_seed"],
                feedback=options["feedback"],
                watcher=bar,
            )
    console.print(scoreboard(result))
    for name in unknown(extensions, result):
        say(console, f"Nothing was handed in by {clean(name)}, for whom there is an extension: is the name right?")
    if unjudged := sum(exercise.has_grader_error for student in result.students for exercise in student.exercises):
        failed = "1 submission" if unjudged == 1 else f"{unjudged} submissions"
        say(console, f"The grader failed at {failed}, by no fault of the students: grade again.")
    say(console, f"The pages are in {out / 'index.html'}.")


def _judges(course: Course, lowest: str, options: _Options) -> AbstractContextManager[tuple[Judges, str]]:
    """Who judges, and the walls there."""
    if options["executor"]:
        return on_cluster(options["executor"], course, lowest=lowest)
    open_bench, walls = running.judging(course, lowest=lowest)
    return nullcontext((on_benches(open_bench, options["workers"]), walls))


@contextmanager
def _shown(console: Console) -> Iterator[None]:
    """What has been judged is shown even where it cannot be written."""
    try:
        yield
    except (LedgerError, PublishError) as error:
        if error.result is not None:
            console.print(scoreboard(error.result))
        raise


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("student")
@click.argument("exercise")
@click.option("--replay", is_flag=True, help="Judge the same source again, and compare the traces.")
@ledger_option
@course_option
def explain(results: Path, student: str, exercise: str, replay: bool, ledger: str, course_path: Path | None) -> None:
    """Tell in words why STUDENT has these points in EXERCISE, from what `grade` left in the folder RESULTS."""
    console = Console()
    with troubles():
        course = Course.load(course_root(course_path))
        found = course.find(exercise)
        with open_ledger(results, ledger) as opened:
            record = Record.of(opened, course, found, student)
            console.print(explanation(record.result, record.entry, record.verdict), soft_wrap=True)
            if replay:
                say(console, _replayed(course, record))
            else:
                command = ["grader", "explain", str(results), student, str(int(found.number)), "--replay"]
                say(console, f"To judge the same source again: {shlex.join(command)}")


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("student")
@click.argument("exercise")
@click.argument("points", type=float)
@click.option("--reason", required=True, help="Why; the student reads it.")
@click.option("--by", "author", default="", help="Who decides.")
@ledger_option
@course_option
def adjust(
    results: Path,
    student: str,
    exercise: str,
    points: float,
    reason: str,
    author: str,
    ledger: str,
    course_path: Path | None,
) -> None:
    """Add POINTS (or take them, after `--`: `-- -2`) in EXERCISE by hand. What the tests gave stays as it is."""
    console = Console()
    with troubles():
        course = Course.load(course_root(course_path))
        found = course.find(exercise)
        if not math.isfinite(points) or points == 0 or not reason.strip():
            raise Trouble("An adjustment is a number of points other than 0, with a reason.")
        with open_ledger(results, ledger) as opened:
            if found.name not in opened.entries(student):
                raise Trouble(f"{clean(student)} has handed in nothing for {found.name}: is the name right?")
            opened.adjust(Adjustment(student, found.name, points, reason.strip(), author.strip()))
    say(console, "Entered. Grade again to write it into the pages: what has been judged is not judged again.")


def open_ledger(results: Path, ledger: str) -> Ledger:
    """The ledger of a grading: the one that is named, else that among the results."""
    place = ledger or results / LEDGER
    if not ledger and not (results / LEDGER).is_file():
        raise Trouble(f"{results} holds no {LEDGER}: name the folder of a grading's results, or its --ledger.")
    return Ledger(place)


def _replayed(course: Course, record: Record) -> str:
    """Whether the same source goes the same way again."""
    walls = record.verdict.walls
    open_bench, _ = running.judging(course, lowest="none" if walls == "none" else "filtered", highest=walls)
    with open_bench() as bench:
        return record.replay(bench)
