"""The commands that pack hidden suites for where they are run: seal, pipelines, gradescope."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click
from rich.console import Console

from grader.catalog import Course, course_root
from grader.classroom.seal import VARIABLE, new_key, read_key
from grader.classroom.suites import course_files, seal_suites
from grader.cli.running import Trouble, chosen, course_option, exercises_option, feedback_option, say, troubles
from grader.exports.writing import put
from grader.reports.clean import clean
from grader.reports.feedback import Feedback

_REPOSITORY = re.compile(r"[\w.-]+(?:/[\w.-]+)+", re.ASCII)


@click.command()
@click.argument("suites", required=False, type=click.Path(path_type=Path))
@click.argument("out", required=False, type=click.Path(path_type=Path))
@click.option("--new-key", "wants_key", is_flag=True, help="Make a key and show it, instead of sealing anything.")
@exercises_option("Seal the suite of this exercise only; may be given several times.")
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


@click.command()
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path))
@click.option("--repository", required=True, metavar="OWNER/NAME", help="What the repository will be called.")
@exercises_option("Seal the suite of this exercise only; may be given several times.")
@course_option
def pipelines(destination: Path, repository: str, exercises: tuple[str, ...], course_path: Path | None) -> None:
    """Make in DEST the repository that pipelines read: workflows for GitHub and GitLab, the kit, sealed suites.

    The key is read from the environment variable GRADER_SEAL_KEY. The README in DEST says how it is set up safely.
    """
    from grader.release.grading import grading_repository

    if not _REPOSITORY.fullmatch(repository):
        raise Trouble(f"{clean(repository)} is no name of a repository, such as school/grading.")
    with troubles():
        key = read_key(os.environ.get(VARIABLE, ""))
        course = Course.load(course_root(course_path))
        sealed = seal_suites(course, chosen(course, exercises), key)
        grading_repository(destination, repository=repository, sealed=sealed, variable=VARIABLE)
    say(Console(), f"The grading repository is in {destination}; its README.md says how it is set up safely.")


@click.command()
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path))
@exercises_option("This exercise is set; may be given several times.  [default: all]")
@feedback_option(
    "sentences", "What is told about hidden tests: everything with timelines, their rules, or points alone."
)
@click.option("--unsafe-no-sandbox", "unsafe", is_flag=True, help="Grade even where Gradescope's machine has no walls.")
@course_option
def gradescope(
    destination: Path, exercises: tuple[str, ...], feedback: Feedback, unsafe: bool, course_path: Path | None
) -> None:
    """Make the autograder that Gradescope is given for an assignment: the archive DEST."""
    from grader.release.gradescope import autograder

    with troubles():
        course = Course.load(course_root(course_path))
        wanted = chosen(course, exercises)
        hidden, known = course_files(course, wanted)
        put(autograder(wanted, {**known, **hidden}, feedback=feedback, unsafe=unsafe), destination)
    points = sum(exercise.points for exercise in wanted)
    say(Console(), f"The autograder is in {destination}. The assignment on Gradescope is worth {points:g} points.")
