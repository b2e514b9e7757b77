"""The commands that grade a class: grade, branches, explain, adjust."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TypedDict, Unpack

import click
from rich.console import Console

from grader.catalog import Course, course_root
from grader.classroom.cluster import on_cluster
from grader.classroom.grade import grade as grade_class
from grader.classroom.late import read_extensions, unknown
from grader.classroom.ledger import LedgerError
from grader.classroom.pool import Judges, on_benches
from grader.classroom.publish import PublishError
from grader.classroom.sources import KINDS, Kind
from grader.cli import running
from grader.cli.running import Bar, chosen, course_option, say, troubles, workers_option
from grader.reports.clean import clean
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
    unsafe: bool
    workers: int
    executor: str | None
    ledger: str
    course_path: Path | None


def _grading(command: Callable[..., None]) -> Callable[..., None]:
    """The options that all ways of grading share."""
    options = (
        click.option("--out", type=click.Path(path_type=Path), required=True, help="Where the results are written."),
        click.option(
            "--exercise",
            "exercises",
            multiple=True,
            metavar="EXERCISE",
            help="Grade this exercise only; may be given several times.",
        ),
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
