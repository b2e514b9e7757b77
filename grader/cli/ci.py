"""The command for pipelines: ci."""

from __future__ import annotations

import os
import platform
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

import click
from rich.console import Console

from grader.catalog import Course, Exercise, course_root
from grader.classroom.cache import cached
from grader.classroom.checkout import Work, failed_examples, grade_work, to_grade, work_in
from grader.classroom.late import read_extensions
from grader.classroom.pipeline import Pipeline, from_environment, from_gradescope
from grader.classroom.pool import on_benches
from grader.classroom.seal import VARIABLE, Key, read_key
from grader.classroom.submissions import SubmissionsError
from grader.classroom.suites import unsealed
from grader.cli import running
from grader.cli.running import Bar, Trouble, chosen, exercises_option, feedback_option, say, troubles, workers_option
from grader.exports.annotations import commands, trouble
from grader.exports.classroom import for_output, reporter
from grader.exports.feedback import in_words
from grader.exports.pipeline import WRITERS, Graded
from grader.exports.reading import ExportError, final_total
from grader.exports.summary import BYTES, headline, summary
from grader.exports.writing import put
from grader.records.results import Machine, StudentResult
from grader.reports.clean import clean
from grader.reports.failure import failure_text
from grader.reports.feedback import Feedback
from grader.reports.wording import points

#: Exit statuses: too few points, and an error of the grader's own. That nothing could be graded is a `Trouble`, 2.
BELOW, OUR_FAULT = 1, 3
#: What a summary leaves free for what the service counts otherwise than this.
_MARGIN = 1024


@dataclass(frozen=True)
class _Wanted:
    """What the command was asked for."""

    checkout: Path | None
    course: Path | None
    sealed: Path | None
    exercises: tuple[str, ...]
    changed: bool
    base: str
    threshold: float
    cache: Path | None
    files: tuple[tuple[str, Path], ...]
    feedback: Feedback
    student: str
    extensions: Path | None
    input_seed: int
    unsafe: bool
    workers: int


def _file(context: click.Context, option: click.Parameter, words: tuple[str, ...]) -> tuple[tuple[str, Path], ...]:
    pairs = []
    for word in words:
        form, _, path = word.partition("=")
        if form not in WRITERS or not path:
            raise click.BadParameter(f"{word!r} is not FORMAT=FILE with a format of {', '.join(WRITERS)}.")
        pairs.append((form, Path(path)))
    return tuple(pairs)


@click.command()
@click.argument("checkout", required=False, type=click.Path(path_type=Path))
@click.option("--course", type=click.Path(path_type=Path), metavar="PATH", help="The instructor's course.")
@click.option(
    "--sealed",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Suites that `grader seal` made, instead of a course.",
)
@exercises_option("This exercise is set, begun or not; may be given several times.  [default: all that were begun]")
@click.option("--changed", is_flag=True, help="Grade only what has changed against the pipeline's own base.")
@click.option("--base", default="", metavar="REVISION", help="Grade only what has changed since it left REVISION.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 100),
    default=0.0,
    metavar="PERCENT",
    help="The share of the points below which the exit status is 1.  [default: 0, whatever the points]",
)
@click.option(
    "--cache", type=click.Path(path_type=Path), metavar="FOLDER", help="Where verdicts are kept for the next run."
)
@click.option(
    "--write",
    "files",
    multiple=True,
    callback=_file,
    metavar="FORMAT=FILE",
    help=f"Write a file; may be given several times. The formats are {', '.join(WRITERS)}.",
)
@feedback_option(
    "sentences", "What is told about hidden tests: everything with timelines, their rules, or points alone."
)
@click.option("--student", default="", metavar="NAME", help="Whose work it is.  [default: as the service says]")
@click.option("--extensions", type=click.Path(path_type=Path), metavar="FILE", help="A TOML file with deadlines.")
@click.option(
    "--gradescope",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Gradescope's folder, on its machines /autograder.",
)
@click.option("--input-seed", type=int, default=0, show_default=True, help="What random inputs are drawn from.")
@click.option("--unsafe-no-sandbox", "unsafe", is_flag=True, help="Grade even where there are no walls.")
@workers_option
def ci(gradescope: Path | None, **options: object) -> None:
    """Grade the work in CHECKOUT, in a pipeline of a CI service: GitHub's, GitLab's, or any other.

    The exit status is 0, or 1 below the threshold, 2 where nothing could be graded, 3 where the grader itself failed.
    """
    wanted = _Wanted(**options)  # type: ignore[arg-type]
    # No process that is started from here on inherits it.
    key = os.environ.pop(VARIABLE, "")
    on_github = os.environ.get("GITHUB_ACTIONS") == "true"
    try:
        with troubles():
            pipeline = from_gradescope(gradescope) if gradescope else from_environment(os.environ)
            if gradescope:
                wanted = replace(wanted, files=(*wanted.files, ("gradescope", gradescope / "results" / "results.json")))
            status = _ci(wanted, pipeline, key)
    except Trouble as error:
        if on_github:
            click.echo(trouble(error.message))
        raise
    raise SystemExit(status)


def _ci(wanted: _Wanted, pipeline: Pipeline, key: str) -> int:
    console = Console(highlight=False)
    with _course(wanted, pipeline, key) as (course, opened_with), _work(wanted, pipeline, console) as work:
        graded = _graded(wanted, course, opened_with, work, console)
    ours = any(exercise.has_grader_error for exercise in graded.student.exercises)
    _tell(graded, pipeline, console)
    for form, path in wanted.files:
        try:
            put(WRITERS[form](graded).encode(), path)
        except ExportError as error:
            if not ours:
                raise
            # That the grader failed is what is told in the end.
            say(console, clean(str(error)))
    return _status(graded.student, wanted, console, ours=ours)


@contextmanager
def _course(wanted: _Wanted, pipeline: Pipeline, key: str) -> Iterator[tuple[Course, Key | None]]:
    """The course, and the key of its suites where they are sealed."""
    if (wanted.course is None) is (wanted.sealed is None):
        raise Trouble("Name either the instructor's course with --course, or sealed suites with --sealed.")
    if wanted.sealed is None:
        root = course_root(wanted.course).resolve()
        if root == (wanted.checkout or pipeline.checkout).resolve():
            raise Trouble(f"{root} is the checkout itself: tests that a student can change are no hidden tests.")
        yield Course.load(root), None
        return
    if wanted.unsafe:
        raise Trouble("Sealed suites are not opened without walls: leave out --unsafe-no-sandbox.")
    _leave_no_memory_behind()
    read = read_key(key)
    with unsealed(wanted.sealed.read_bytes(), read, str(wanted.sealed)) as course:
        yield course, read


def _leave_no_memory_behind() -> None:
    """A process that crashes writes no file with its memory, in which the suites are."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@contextmanager
def _work(wanted: _Wanted, pipeline: Pipeline, console: Console) -> Iterator[Work]:
    """The student's work, compared with what it is to be compared with."""
    folder = wanted.checkout or pipeline.checkout
    base = wanted.base or (pipeline.base if wanted.changed else "")
    opened = partial(
        work_in,
        folder,
        wanted.student or pipeline.student,
        handed_in=pipeline.handed_in,
        as_files=pipeline.service == "gradescope",
    )
    with ExitStack() as held:
        try:
            work = held.enter_context(opened(base=base))
        except SubmissionsError as error:
            if wanted.base or not base:
                raise
            # What a service names may not have been fetched, or be gone since somebody has pushed with --force.
            say(console, clean(f"Everything that was begun is graded, whether it has changed or not. {error}"))
            work = held.enter_context(opened())
        yield work


def _graded(wanted: _Wanted, course: Course, key: Key | None, work: Work, console: Console) -> Graded:
    began = time.perf_counter()
    exercises = to_grade(work, course, chosen(course, wanted.exercises) if wanted.exercises else ())
    open_bench, walls = running.judging(course, lowest="none" if wanted.unsafe else "filtered")
    judges = on_benches(open_bench, wanted.workers)

    def tell(said: str) -> None:
        say(console, clean(said))

    ledger = cached(wanted.cache, key, tell)
    with ledger as opened, _Counting(console) as counting:
        result = grade_work(
            course,
            work,
            exercises,
            ledger=opened,
            judges=judges,
            walls=walls,
            extensions=read_extensions(wanted.extensions, course) if wanted.extensions else {},
            input_seed=wanted.input_seed,
            watcher=counting,
            tell=tell,
        )
    # Elsewhere hidden tests are shown themselves, or nothing is.
    examples = failed_examples(work, exercises, result, judges) if wanted.feedback == "sentences" else {}
    took = round(time.perf_counter() - began, 3)
    return Graded(
        student=result,
        machine=Machine(platform.python_version(), platform.platform(), version("aiohttp"), walls, took),
        feedback=wanted.feedback,
        about=_about(work, wanted, walls, exercises, counting.submissions),
        places={exercise.name: work.place(exercise) for exercise in exercises},
        examples=examples,
        environ=os.environ,
        now=datetime.now(UTC),
        committed=work.student.parts[0].handed_in,
        input_seed=wanted.input_seed,
    )


class _Counting(Bar):
    """A bar that remembers how many submissions there were to be judged."""

    submissions = 0

    def __init__(self, console: Console) -> None:
        super().__init__(console, "grading")

    def begins(self, submissions: int) -> None:
        self.submissions = submissions
        super().begins(submissions)

    def finished(self, student: StudentResult) -> None:
        """There is only one, whose points are told anyhow."""


def _about(work: Work, wanted: _Wanted, walls: str, exercises: Sequence[Exercise], anew: int) -> str:
    """What was graded, in sentences."""
    what = f"Commit {work.commit[:12]}" if work.commit else "The files"
    known = sum(work.student.read(exercise).source is not None for exercise in exercises) - anew
    kept = f", of which {known} as before" if wanted.cache and known > 0 else ""
    count = "1 exercise" if len(exercises) == 1 else f"{len(exercises)} exercises"
    chosen_by = " that changed" if work.base is not None else "" if wanted.exercises else " that were begun"
    return f"{what} of {work.student.name}: {count}{chosen_by}{kept}. Walls around the code: {walls}."


def _tell(graded: Graded, pipeline: Pipeline, console: Console) -> None:
    """Say how it went, on the terminal and where the service shows it."""
    student = graded.student
    with _no_commands(pipeline):
        say(console, clean(graded.about))
        for exercise in student.exercises:
            console.print(f"\n{in_words(exercise, graded.feedback)}", markup=False, soft_wrap=True)
            if exercise.exercise in graded.examples:
                shown = failure_text(graded.examples[exercise.exercise], width=min(console.width, 100))
                console.print(f"\nAn example shows it:\n{shown}".rstrip(), markup=False, soft_wrap=True)
        console.print()
    if pipeline.service == "github":
        for line in commands(student, graded.places, graded.feedback):
            click.echo(line)
    if pipeline.summary is not None:
        _summarise(graded, pipeline.summary, console)
    if pipeline.outputs is not None:
        _hand_on(graded, pipeline.outputs)


@contextmanager
def _no_commands(pipeline: Pipeline) -> Iterator[None]:
    """Have GitHub take nothing of what is said for a command. Everything is cleaned as well."""
    if pipeline.service != "github":
        yield
        return
    word = secrets.token_hex(16)
    click.echo(f"::stop-commands::{word}")
    try:
        yield
    finally:
        click.echo(f"::{word}::")


def _summarise(graded: Graded, path: Path, console: Console) -> None:
    # What an earlier command of the same step has written counts too.
    room = BYTES - _MARGIN - (path.stat().st_size if path.exists() else 0)
    if room < _MARGIN:
        say(console, "The step's summary is full already: nothing is added.")
        return
    text = summary(graded.student, about=graded.about, feedback=graded.feedback, examples=graded.examples, room=room)
    with path.open("ab") as stream:
        stream.write(text.encode())


def _hand_on(graded: Graded, path: Path) -> None:
    """Outputs for the steps that come after; `result` is what GitHub Classroom's reporter reads."""
    student = graded.student
    final = final_total(student)
    outputs = {
        "status": "ungraded" if final is None else "graded",
        "score": "" if final is None else points(final),
        "points": points(student.points),
        "result": for_output(reporter(student, graded.places, graded.feedback)),
    }
    with path.open("ab") as stream:
        stream.write("".join(f"{name}={value}\n" for name, value in outputs.items()).encode())


def _status(student: StudentResult, wanted: _Wanted, console: Console, *, ours: bool) -> int:
    """The exit status, and the sentence that says why."""
    if ours:
        say(console, "The grader failed, not the submission: the points are not final. Run this job again.")
        return OUR_FAULT
    say(console, f"{headline(student)}.")
    if not student.exercises:
        # Nothing that changed is no fault; nothing that was begun earns no points.
        below = wanted.threshold > 0 and not (wanted.changed or wanted.base)
    else:
        below = 100 * student.score < wanted.threshold * student.points - 1e-9
    if below:
        say(console, f"That is below the threshold of {wanted.threshold:g}%.")
    return BELOW if below else 0
