"""The commands that hand results on: export, similar."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from grader.cli.running import Trouble, say, troubles
from grader.exports import FEEDBACK, FOLDERS, FORMATS, VISIBILITIES, Feedback, Options, Results, Visibility
from grader.exports.files import Export
from grader.exports.sheet import read_sheet
from grader.exports.writing import write, write_folder
from grader.reports.clean import clean


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--to", "form", type=click.Choice(sorted(FORMATS)), required=True, help="The format.")
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
@click.option(
    "--exercise",
    "exercises",
    multiple=True,
    metavar="EXERCISE",
    help="Export this exercise only; may be given several times.",
)
@click.option(
    "--feedback",
    type=click.Choice(FEEDBACK),
    default="sentences",
    show_default=True,
    help="What is told about tests: everything, their rules without any hidden value, or points alone.",
)
@click.option(
    "--visibility",
    type=click.Choice(VISIBILITIES),
    default="visible",
    show_default=True,
    help="When Gradescope shows students the result.",
)
def export(
    results: Path,
    form: str,
    out: Path | None,
    roster: Path | None,
    total: str,
    exercises: tuple[str, ...],
    feedback: Feedback,
    visibility: Visibility,
) -> None:
    """Hand RESULTS, the folder that `grader grade` wrote, to another system."""
    # Remarks go beside the export, which may go into a pipe.
    console = Console(stderr=True)
    with troubles():
        students = Results(results, exercises)
        sheet = read_sheet(roster) if roster else None
        made = FORMATS[form](students, Options(feedback, sheet, total, visibility))
        written = _put(made, form, out)
    for remark in made.remarks:
        say(console, clean(remark))
    if len(written) == 1 and form not in FOLDERS:
        say(console, f"Written to {written[0]}.")
    elif written:
        say(console, f"Written to {len(written)} files, the first of which is {written[0]}.")


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
