"""The commands that hand results on: export, similar."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict, Unpack

import click
from rich.console import Console

from grader.catalog import Course, course_root
from grader.classroom.sources import KINDS, Kind
from grader.cli.grading import ledger_option, open_ledger
from grader.cli.running import Bar, Trouble, chosen, course_option, exercises_option, feedback_option, say, troubles
from grader.exports import FOLDERS, FORMATS, VISIBILITIES, Options, Results, Visibility
from grader.exports.files import Export, File
from grader.exports.sheet import read_sheet
from grader.exports.writing import write, write_folder
from grader.reports.clean import clean
from grader.reports.feedback import Feedback

#: Not a format: a database is written to.
NBGRADER = "nbgrader"


class _Nbgrader(TypedDict):
    """What an export into nbgrader's gradebook may be told."""

    db_url: str
    root: Path | None
    course_id: str
    assignment: str
    ledger: str
    course_path: Path | None


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--to", "form", type=click.Choice(sorted([*FORMATS, NBGRADER])), required=True, help="The format.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The file that is written, or for Gradescope the folder.  [default: the terminal]",
)
@click.option(
    "--roster",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What the course system exported, to be filled in: Canvas's gradebook or Moodle's grading worksheet.",
)
@click.option("--total", default="", metavar="HEADING", help="The column that takes the sum of all exercises.")
@exercises_option("Export this exercise only; may be given several times.")
@feedback_option(
    "sentences", "What is told about tests: everything, their rules without any hidden value, or points alone."
)
@click.option(
    "--visibility",
    type=click.Choice(VISIBILITIES),
    default="visible",
    show_default=True,
    help="When Gradescope shows students the result.",
)
@click.option(
    "--db", "db_url", default="", metavar="PATH|URL", help="nbgrader's database: a SQLite file or postgresql://…"
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="nbgrader's course, with its gradebook.db unless there is --db; what was handed in goes into its autograded/, "
    "for formgrader to show.",
)
@click.option("--course-id", default="default_course", show_default=True, help="What nbgrader calls the course.")
@click.option(
    "--assignment",
    default="",
    metavar="NAME",
    help="One assignment of nbgrader's for all exercises, instead of one for each track.",
)
@ledger_option
@course_option
def export(
    results: Path,
    form: str,
    out: Path | None,
    roster: Path | None,
    total: str,
    exercises: tuple[str, ...],
    feedback: Feedback,
    visibility: Visibility,
    **nbgrader: Unpack[_Nbgrader],
) -> None:
    """Hand RESULTS, the folder that `grader grade` wrote, to another system.

    Most systems take files. Into nbgrader's gradebook scores, penalties and comments are written, all or nothing.
    """
    # Remarks go beside the export, which may go into a pipe.
    console = Console(stderr=True)
    with troubles():
        students = Results(results, exercises)
        if form == NBGRADER:
            if out is not None or roster is not None:
                raise Trouble("--out and --roster mean nothing with --to nbgrader: name its --root or its --db.")
            _into_nbgrader(students, results, feedback, console, nbgrader)
            return
        if nbgrader["db_url"] or nbgrader["root"] is not None or nbgrader["assignment"]:
            raise Trouble(f"--db, --root and --assignment mean nothing with --to {form}: they are for --to nbgrader.")
        sheet = read_sheet(roster) if roster else None
        made = FORMATS[form](students, Options(feedback, sheet, total, visibility))
        written = _put(made, form, out)
    for remark in made.remarks:
        say(console, clean(remark))
    if len(written) == 1 and form not in FOLDERS:
        say(console, f"Written to {written[0]}.")
    elif written:
        say(console, f"Written to {len(written)} files, the first of which is {written[0]}.")


def _into_nbgrader(students: Results, results: Path, feedback: Feedback, console: Console, options: _Nbgrader) -> None:
    """Write into nbgrader's gradebook and, where its course is named, the notebooks that formgrader shows."""
    try:
        from grader.notebooks.gradebook import write_gradebook
        from grader.notebooks.graded import write_graded
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("grader"):
            raise
        raise Trouble(f"{error.name} is not installed here: pip install 'async-exercise-kit[nbgrader]'.") from error
    root = options["root"]
    place = options["db_url"] or (str(root / "gradebook.db") if root is not None else "")
    if not place:
        raise Trouble("Give nbgrader's database with --db, or its course with --root.")
    course = Course.load(course_root(options["course_path"]))
    written = write_gradebook(
        students,
        place,
        course,
        course_id=options["course_id"],
        assignment=options["assignment"],
        feedback=feedback,
    )
    if root is not None:
        with open_ledger(results, options["ledger"]) as ledger:
            write_graded(students, root, written.layout, ledger.content, feedback)
    count, assignments = written.students, len(written.assignments)
    say(
        console,
        f"{'1 student' if count == 1 else f'{count} students'} and "
        f"{'1 assignment' if assignments == 1 else f'{assignments} assignments'} are in the gradebook.",
    )
    for name in written.left_out:
        say(console, f"{name} is left out: nobody's work on it could be judged.")


def _put(made: Export, form: str, out: Path | None) -> list[Path]:
    """Write the files, or show the only one."""
    if out is not None:
        return write_folder(made, out) if form in FOLDERS else write(made, out)
    if form in FOLDERS:
        raise Trouble("Gradescope takes a file for each student: name a folder with --out.")
    try:
        for number, file in enumerate(made):
            if number:
                raise Trouble("This class needs several files: name the first with --out.")
            for piece in file.pieces:
                click.echo(piece.encode(), nl=False)
    except BrokenPipeError:
        # Whoever read has enough.
        raise SystemExit(1) from None
    return []


@click.command()
@click.argument("place", metavar="RESULTS|SUBMISSIONS", type=click.Path(path_type=Path))
@exercises_option("Compare this exercise only; may be given several times.")
@click.option("--out", type=click.Path(path_type=Path), help="A folder for pages that show pairs side by side.")
@click.option(
    "--at-least",
    type=click.IntRange(1, 100),
    default=60,
    show_default=True,
    metavar="PERCENT",
    help="How alike two submissions must be to be shown.",
)
@click.option(
    "--pairs",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="How many pairs of an exercise are shown.",
)
@click.option("--from", "kind", type=click.Choice(KINDS), help="What kind of submissions these are.")
@ledger_option
@course_option
def similar(
    place: Path,
    exercises: tuple[str, ...],
    out: Path | None,
    at_least: int,
    pairs: int,
    kind: Kind | None,
    ledger: str,
    course_path: Path | None,
) -> None:
    """Show which submissions of an exercise look alike, for a person to judge.

    They are those of a grading, or a folder or archive as `grader grade` takes it.
    """
    from grader.similarity.compare import compared
    from grader.similarity.report import CAUTION, exercise_page, in_terminal, index_page

    console = Console()
    with troubles():
        course = Course.load(course_root(course_path))
        every = []
        with Bar(console, "comparing") as bar:
            wanted = chosen(course, exercises)
            bar.begins(len(wanted))
            for findings in compared(wanted, place, ledger=ledger, kind=kind, at_least=at_least / 100, most=pairs):
                bar.judged()
                if findings.matches or findings.published:
                    # Lines stay whole in a pipe; a terminal breaks them itself.
                    console.print(in_terminal(findings), soft_wrap=True)
                if out is not None:
                    write_folder(Export([File(f"{findings.exercise}.html", [exercise_page(findings)])]), out)
                every.append(findings.brief())
        if out is not None and every:
            write_folder(Export([File("index.html", [index_page(every)])]), out)
    if not every:
        say(console, "Nothing was handed in for these exercises.")
        return
    say(console, CAUTION if any(found.matches for found in every) else "No two submissions are that much alike.")
    if out is not None:
        say(console, f"The pages are in {out / 'index.html'}.")
