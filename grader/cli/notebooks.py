"""The command that makes an nbgrader course: notebooks."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from grader.cli import running
from grader.cli.learn import lang_option, load
from grader.cli.running import chosen, course_option, say, troubles, workers_option
from grader.notebooks.course import CONFIGURATION, make_course, possible_points


@click.command()
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path))
@click.argument("exercises", metavar="[EXERCISE]...", nargs=-1)
@click.option("--assignment", default="", metavar="NAME", help="One assignment for all, instead of one for each track.")
@click.option("--force", is_flag=True, help="Replace notebooks that are there and say something else.")
@lang_option
@workers_option
@course_option
def notebooks(
    destination: Path,
    exercises: tuple[str, ...],
    assignment: str,
    force: bool,
    lang: str | None,
    workers: int,
    course_path: Path | None,
) -> None:
    """Make an nbgrader course in DEST: one assignment for each track, one notebook for each EXERCISE (or for all)."""
    console = Console()
    with troubles():
        course = load(course_path, lang)
        wanted = chosen(course, exercises)
        # Nothing is run but empty files.
        open_bench, _ = running.judging(course, highest="limits")
        possible = possible_points(wanted, open_bench, workers=workers)
        made = make_course(course, wanted, destination, possible, assignment=assignment, force=force)
    count = len(made.notebooks)
    say(console, f"{'1 notebook' if count == 1 else f'{count} notebooks'} in {destination / 'source'}.")
    if not made.configured:
        say(
            console,
            f"{destination / CONFIGURATION} is there already and stays. For the judge it needs two lines: "
            "from grader.notebooks.configuration import configure; "
            f"configure(c, course={str(course.root)!r})",
        )
    names = sorted({Path(place).parent.name for place in made.notebooks})
    say(console, f"Next, in {destination}: nbgrader generate_assignment {names[0]}")
