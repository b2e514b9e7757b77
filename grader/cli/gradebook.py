"""The command that writes into nbgrader's gradebook: gradebook."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from grader.catalog import Course, course_root
from grader.cli.grading import ledger_option, open_ledger
from grader.cli.running import Trouble, course_option, feedback_option, say, troubles
from grader.notebooks.gradebook import layout_of, read_results, write_gradebook
from grader.notebooks.graded import write_graded
from grader.reports.feedback import Feedback


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--db", "db_url", default="", metavar="PATH|URL", help="nbgrader's database: a SQLite file or postgresql://…"
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="nbgrader's course: what was handed in goes into its autograded/ too, for formgrader to show.",
)
@click.option("--course-id", default="default_course", show_default=True, help="What nbgrader calls the course.")
@click.option("--assignment", default="", metavar="NAME", help="One assignment for all, instead of one for each track.")
@feedback_option("sentences", "How much is told, as by `grade`.")
@ledger_option
@course_option
def gradebook(
    results: Path,
    db_url: str,
    root: Path | None,
    course_id: str,
    assignment: str,
    feedback: Feedback,
    ledger: str,
    course_path: Path | None,
) -> None:
    """Write what `grade` left in the folder RESULTS into nbgrader's gradebook: scores, penalties, comments.

    Without --db it is the gradebook.db of --root.
    """
    if not db_url and root is None:
        raise Trouble("Give the database with --db, or nbgrader's course with --root.")
    console = Console()
    with troubles():
        course = Course.load(course_root(course_path))
        result = read_results(results)
        place = db_url or str(root / "gradebook.db" if root is not None else "")
        written = write_gradebook(result, place, course, course_id=course_id, assignment=assignment, feedback=feedback)
        if root is not None:
            with open_ledger(results, ledger) as opened:
                write_graded(result, root, layout_of(result, course, assignment), opened.content, feedback)
    count, assignments = written.students, len(written.assignments)
    say(
        console,
        f"{'1 student' if count == 1 else f'{count} students'} and "
        f"{'1 assignment' if assignments == 1 else f'{assignments} assignments'} are in the gradebook.",
    )
    for name in written.left_out:
        say(console, f"{name} is left out: nobody's work on it could be judged.")
