"""Makes an nbgrader course: its configuration, and a notebook for each exercise without anything hidden."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.catalog import Course, Exercise
from grader.catalog.statement import read_statement
from grader.classroom.pool import OpenBench, job_for, judge_each
from grader.messages import language, tr
from grader.notebooks.cells import (
    EXAMPLES,
    SOLUTION,
    Notebook,
    NotebooksError,
    cell_of,
    dimension_name,
    dimension_points,
    notebook_of,
    read_text,
)
from grader.records.results import Dimension
from grader.reports.wording import points
from grader.rubric import RubricError, score, total

CONFIGURATION = "nbgrader_config.py"
#: The line of a configuration that sends submissions to the judge.
_CALL = "configure(c, course="
_INSTALL = "pip install async-exercise-kit"
_RUN_IT = re.compile(r"^## (?:Run it|运行)\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]+")

#: What can be earned in each dimension of each exercise.
Possible = Mapping[str, Mapping[Dimension, float]]


@dataclass(frozen=True)
class Made:
    """What was made in a course root. `configured` is false where another configuration was there and stays."""

    notebooks: tuple[str, ...]
    configured: bool


def make_course(
    course: Course,
    exercises: Sequence[Exercise],
    destination: Path,
    possible: Possible,
    *,
    assignment: str = "",
    force: bool = False,
) -> Made:
    """Make or complete the course root `destination`, in the language that is spoken.

    Each track is an assignment, unless all exercises go into one `assignment`. With `force`, notebooks that are
    there and say something else are replaced.

    Raises:
        NotebooksError: something is in the way, or cannot be read.
    """
    if _NO_NAME.search(assignment):
        raise NotebooksError(f"An assignment cannot be named {assignment!r}: use letters, digits, - and _.")
    texts = {
        f"source/{assignment or exercise.track}/{exercise.name}.ipynb": json.dumps(
            make_notebook(exercise, possible[exercise.name]), ensure_ascii=False, indent=1
        )
        + "\n"
        for exercise in exercises
    }
    for place, text in texts.items():
        path = destination / place
        if path.exists() and not force and path.read_text("utf-8", "replace") != text:
            raise NotebooksError(f"{path} is there already and says something else: --force replaces it.")
    for place, text in texts.items():
        (destination / place).parent.mkdir(parents=True, exist_ok=True)
        (destination / place).write_text(text, "utf-8")
    configuration = destination / CONFIGURATION
    if not configuration.exists():
        configuration.write_text(_configuration(course, destination.resolve().name), "utf-8")
    return Made(tuple(texts), _CALL in configuration.read_text("utf-8", "replace"))


def _configuration(course: Course, name: str) -> str:
    return f'''"""nbgrader's configuration, made by `grader notebooks`. It may be extended as nbgrader's manual says."""

from grader.notebooks.configuration import configure

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = {_NO_NAME.sub("_", name).strip("_") or "course"!r}

# Submissions are judged by the hidden suites of the course that lies here; none is run in a kernel.
{_CALL}{str(course.root)!r}, language={language()!r})

# What students read of hidden tests: "full", "sentences" or "score", as with `grader grade --feedback`.
c.JudgeSubmission.feedback = "sentences"
'''


def possible_points(exercises: Sequence[Exercise], open_bench: OpenBench, *, workers: int) -> Possible:
    """What the hidden suites give in each dimension, found out by running them on nothing.

    Raises:
        NotebooksError: a suite is missing, or cannot be run.
    """
    for exercise in exercises:
        if not exercise.hidden_suite.is_dir():
            shown = exercise.shown(exercise.hidden_suite)
            raise NotebooksError(f"{exercise.name} has no graded cells: {shown} is missing.")
    # An empty file fails every test at once.
    empty = (job_for(exercise, b"", weather_seeds=1) for exercise in exercises)
    found: dict[str, Mapping[Dimension, float]] = {}
    for judged in judge_each(empty, open_bench, workers=workers):
        exercise = exercises[judged.index]
        if judged.problem:
            raise NotebooksError(f"{exercise.name}: {judged.problem}")
        try:
            tests = score(judged.outcomes, exercise.points)
        except RubricError as error:
            raise NotebooksError(f"{exercise.name}: {error}") from error
        parts: dict[Dimension, list[float]] = {}
        for test in tests:
            parts.setdefault(test.dimension, []).append(test.points)
        found[exercise.name] = {dimension: total(each) for dimension, each in parts.items()}
    return found


def make_notebook(exercise: Exercise, possible: Mapping[Dimension, float]) -> Notebook:
    """The notebook of an exercise, in the language that is spoken."""
    graded = [
        cell_of(dimension, _graded(dimension, worth), points=worth)
        for dimension, worth in dimension_points(possible).items()
    ]
    return notebook_of(
        [
            cell_of("statement", _statement(exercise)),
            cell_of("setup", _setup()),
            cell_of(SOLUTION, read_text(exercise, exercise.stub).rstrip("\n")),
            cell_of(EXAMPLES, _examples(exercise), points=0),
            *graded,
        ]
    )


def _statement(exercise: Exercise) -> str:
    """The statement, with what to do in a notebook where it says what to do in a terminal."""
    text = read_statement(exercise, language()).text.strip()
    heading = tr("In this notebook")
    here = "\n\n".join(
        (
            f"## {heading}",
            tr("The cell with the TODO stands for `{file}`: it alone is judged.", file=exercise.stub.name),
            tr(
                "What other cells define is not there then, magics are not Python, "
                "and `await` stands in coroutines only."
            ),
            tr("Run the cells from the top. The cell below the solution shows how the code fares in the examples."),
        )
    )
    replaced, count = _RUN_IT.subn(lambda match: f"{here}\n\n", text, count=1)
    return (replaced if count else f"{text}\n\n{here}").strip()


def _setup() -> str:
    needs = tr("Run this cell first, whenever the kernel has been started. It needs: {command}", command=_INSTALL)
    return f"# {needs}\n%load_ext grader.notebooks"


def _graded(dimension: Dimension, worth: float) -> str:
    lines = (
        tr("{dimension}: {possible} points", dimension=dimension_name(dimension), possible=points(worth)),
        tr("Hidden tests judge the solution when the notebook has been handed in. Here this cell does nothing."),
    )
    return "\n".join(f"# {line}" for line in lines)


def _examples(exercise: Exercise) -> str:
    """The examples as the body of the magic that runs them, their sentences in the language that is spoken."""
    text = read_text(exercise, exercise.examples)
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise NotebooksError(f"{exercise.shown(exercise.examples)}: syntax error in line {error.lineno}.") from error
    lines = text.splitlines()
    for node in reversed(tree.body):
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and (sentence := ast.get_docstring(node)):
            one_line = " ".join(sentence.split())
            if (said := tr(one_line)) != one_line:
                _replace(lines, node.body[0], [f"{' ' * node.body[0].col_offset}{_docstring(said)}"])
    if ast.get_docstring(tree) is not None:
        # It tells how to run the file in a terminal.
        _replace(lines, tree.body[0], [])
    body = "\n".join(lines).strip("\n")
    return f"%%examples {exercise.name} --lang {language()} --cpu-seconds {exercise.cpu_seconds:g}\n\n{body}"


def _replace(lines: list[str], statement: ast.stmt, by: list[str]) -> None:
    lines[statement.lineno - 1 : statement.end_lineno] = by


def _docstring(sentence: str) -> str:
    return f'"""{sentence}"""' if not {'"', "\\"} & set(sentence) else repr(sentence)
