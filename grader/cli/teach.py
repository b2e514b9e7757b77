"""The commands of instructors and authors: verify, grade, branches, release, doctor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypedDict, Unpack

import click
from rich.console import Console

from grader.catalog import Course, course_root
from grader.classroom.grade import grade as grade_class
from grader.classroom.late import read_extensions, unknown
from grader.classroom.publish import PublishError
from grader.classroom.sources import KINDS, Kind
from grader.classroom.verify import candidates
from grader.classroom.verify import verify as verify_exercises
from grader.cli import running
from grader.cli.running import Bar, Trouble, chosen, course_option, say, troubles, workers_option
from grader.law import LawReport
from grader.reports.clean import clean
from grader.reports.diagnosis import diagnosis
from grader.reports.law_matrix import law_matrix
from grader.reports.scoreboard import scoreboard


@click.command()
@click.argument("exercises", metavar="[EXERCISE]...", nargs=-1)
@click.option("--seeds", type=click.IntRange(min=1), help="How many seeds each weather test runs under.")
@click.option("--every-test", is_flag=True, help="Run all tests on mistakes, not only those that are to catch them.")
@workers_option
@course_option
def verify(
    exercises: tuple[str, ...], seeds: int | None, every_test: bool, workers: int, course_path: Path | None
) -> None:
    """Check that stubs fail, solutions pass, and each mistake is caught as it says."""
    console = Console()
    with troubles():
        course = Course.load(course_root(course_path))
        wanted = chosen(course, exercises)
        # Files that belong to no exercise are a matter of the whole course.
        strays = () if exercises else course.strays()
        # The kit's own files need no walls to be put around them, and there are thousands of runs.
        open_bench, _ = running.judging(course, highest="limits")
        reports: list[LawReport] = []
        with Bar(console, "verifying") as bar:
            bar.begins(sum(len(candidates(exercise)) for exercise in wanted))
            every = verify_exercises(
                wanted,
                open_bench=open_bench,
                workers=workers,
                weather_seeds=seeds,
                every_test=every_test,
                judged=bar.judged,
            )
            with closing(every):
                for report in every:
                    reports.append(report)
                    bar.show(law_matrix(report), "")
    for stray in strays:
        say(console, f"breach: {stray}")
    say(console, _law_sentence(reports, len(strays)))
    if strays or any(report.breaches for report in reports):
        raise SystemExit(1)


class _Options(TypedDict):
    """What all ways of grading are given."""

    out: Path
    exercises: tuple[str, ...]
    extensions: Path | None
    input_seed: int
    unsafe: bool
    workers: int
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
        open_bench, walls = running.judging(course, lowest="none" if options["unsafe"] else "filtered")
        with Bar(console, "grading") as bar:
            result = grade_class(
                course,
                submissions,
                out,
                kind=kind,
                branches=branches,
                exercises=chosen(course, named) if named else (),
                extensions=extensions,
                open_bench=open_bench,
                workers=options["workers"],
                walls=walls,
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


@click.command()
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path))
@click.option("--tracks", metavar="T,…", help="Release the exercises of these tracks only, named by their slugs.")
@click.option("--until", metavar="EXERCISE", help="Release no exercise with a higher number than this one.")
@click.option("--no-git", is_flag=True, help="Make the folder alone, without a repository in it.")
@course_option
def release(destination: Path, tracks: str | None, until: str | None, no_git: bool, course_path: Path | None) -> None:
    """Make the students' repository in DEST: exercises and grader, no solution, no hidden test."""
    from grader.release import ReleaseError, select
    from grader.release import release as make_release

    with troubles():
        course = Course.load(course_root(course_path))
        named = [word.strip() for word in (tracks or "").split(",") if word.strip()]
        try:
            selected = select(course, named, until)
            make_release(selected, destination, with_git=not no_git)
        except ReleaseError as error:
            raise Trouble(str(error)) from error
    count = len(selected.exercises)
    exercises = "1 exercise" if count == 1 else f"{count} exercises"
    commit = "" if no_git else ", in one commit"
    say(Console(), f"The students' repository is in {destination}: {exercises} and the grader{commit}.")


@click.command()
def doctor() -> None:
    """Show what walls this machine can put around a submission, and attack them."""
    from grader.doctor import examine

    with troubles():
        found = examine()
    console = Console()
    shown = diagnosis(found.parts, found.level, found.attacks, found.advice, good=found.good, width=console.width)
    console.print(shown, soft_wrap=True)
    if found.good:
        say(console, "Submissions can be graded here.")
    else:
        say(console, "Submissions of strangers should not be graded here; students can practise.")
        raise SystemExit(1)


@contextmanager
def _shown(console: Console) -> Iterator[None]:
    """What has been judged is shown even where it cannot be written."""
    try:
        yield
    except PublishError as error:
        if error.result is not None:
            console.print(scoreboard(error.result))
        raise


def _law_sentence(reports: list[LawReport], strays: int) -> str:
    breaches = strays + sum(len(report.breaches) for report in reports)
    exercises = "1 exercise" if len(reports) == 1 else f"{len(reports)} exercises"
    if breaches:
        return f"The law of the kit is broken {_times(breaches)} in {exercises}; mend what is named above."
    return f"The law of the kit holds in {exercises}."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
