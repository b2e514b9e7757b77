"""The command that seals hidden suites: seal."""

from __future__ import annotations

import os
from pathlib import Path

import click
from rich.console import Console

from grader.catalog import Course, course_root
from grader.classroom.seal import VARIABLE, new_key, read_key
from grader.classroom.suites import seal_suites
from grader.cli.running import Trouble, chosen, say, troubles
from grader.exports.writing import put


@click.command()
@click.argument("suites", required=False, type=click.Path(path_type=Path))
@click.argument("out", required=False, type=click.Path(path_type=Path))
@click.option("--new-key", "wants_key", is_flag=True, help="Make a key and show it, instead of sealing anything.")
@click.option(
    "--exercise",
    "exercises",
    multiple=True,
    metavar="EXERCISE",
    help="Seal the suite of this exercise only; may be given several times.",
)
def seal(suites: Path | None, out: Path | None, wants_key: bool, exercises: tuple[str, ...]) -> None:
    """Seal the hidden suites of the course in the folder SUITES into the file OUT, for `grader ci --sealed`.

    The key is read from the environment variable GRADER_SEAL_KEY.
    """
    console = Console()
    if wants_key:
        click.echo(new_key())
        say(Console(stderr=True), f"Keep it as a secret named {VARIABLE}: whoever has it can read the suites.")
        return
    if suites is None or out is None:
        raise Trouble("Name the course's folder and the file to be written, or give --new-key.")
    with troubles():
        key = read_key(os.environ.get(VARIABLE, ""))
        course = Course.load(course_root(suites))
        wanted = chosen(course, exercises)
        put(seal_suites(course, wanted, key), out)
    count = "The suite of 1 exercise is" if len(wanted) == 1 else f"The suites of {len(wanted)} exercises are"
    say(console, f"{count} sealed in {out}.")
