"""The command that writes into nbgrader's gradebook: gradebook."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from grader.catalog import Course, course_root
from grader.cli.running import course_option, say, troubles
from grader.notebooks.gradebook import read_results, write_gradebook


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--db", "db_url", required=True, metavar="PATH|URL", help="nbgrader's database: a SQLite file or postgresql://…"
)
@click.option("--course-id", default="default_course", show_default=True, help="What nbgrader calls the course.")
@click.option("--assignment", default="", metavar="NAME", help="One assignment for all, instead of one for each track.")
@course_option
def gradebook(results: Path, db_url: str, course_id: str, assignment: str, course_path: Path | None) -> None:
    """Write what `grade` left in the folder RESULTS into nbgrader's gradebook: scores, penalties, comments."""
    with troubles():
        course = Course.load(course_root(course_path))
        written = write_gradebook(read_results(results), db_url, course, course_id=course_id, assignment=assignment)
    console = Console()
    count, assignments = written.students, len(written.assignments)
    say(
        console,
        f"{'1 student' if count == 1 else f'{count} students'} and "
        f"{'1 assignment' if assignments == 1 else f'{assignments} assignments'} are in the gradebook.",
    )
    for name in written.left_out:
        say(console, f"{name} is left out: nobody's work on it could be judged.")
