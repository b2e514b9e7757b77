"""The commands of instructors and authors: verify, release, doctor."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click
from rich.console import Console

from grader.catalog import Course, course_root
from grader.classroom.verify import candidates
from grader.classroom.verify import verify as verify_exercises
from grader.cli import running
from grader.cli.running import Bar, chosen, course_option, say, troubles, workers_option
from grader.law import LawReport
from grader.reports.diagnosis import diagnosis
from grader.reports.law_matrix import law_matrix


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


@click.command()
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path))
@click.option("--tracks", metavar="T,…", help="Release the exercises of these tracks only, named by their slugs.")
@click.option("--until", metavar="EXERCISE", help="Release no exercise with a higher number than this one.")
@click.option("--no-git", is_flag=True, help="Make the folder alone, without a repository in it.")
@course_option
def release(destination: Path, tracks: str | None, until: str | None, no_git: bool, course_path: Path | None) -> None:
    """Make the students' repository in DEST: exercises and grader, no solution, no hidden test."""
    from grader.release import release as make_release
    from grader.release import select

    with troubles():
        course = Course.load(course_root(course_path))
        named = [word.strip() for word in (tracks or "").split(",") if word.strip()]
        selected = select(course, named, until)
        make_release(selected, destination, with_git=not no_git)
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


def _law_sentence(reports: list[LawReport], strays: int) -> str:
    breaches = strays + sum(len(report.breaches) for report in reports)
    exercises = "1 exercise" if len(reports) == 1 else f"{len(reports)} exercises"
    if breaches:
        return f"The law of the kit is broken {_times(breaches)} in {exercises}; mend what is named above."
    return f"The law of the kit holds in {exercises}."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
