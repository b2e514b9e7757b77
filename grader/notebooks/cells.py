"""The cells of a notebook: their names, their order, and what nbgrader is to know of each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.catalog import Exercise
from grader.messages import tr
from grader.problems import Problem
from grader.records.results import DIMENSIONS, Dimension

SOLUTION = "solution"
EXAMPLES = "examples"
#: The cells of each notebook, in this order, by the names under which nbgrader keeps them.
ORDER = ("statement", "setup", SOLUTION, EXAMPLES, *DIMENSIONS)

#: A notebook as JSON.
Notebook = dict[str, Any]
Cell = dict[str, Any]


class NotebooksError(Problem):
    """Notebooks cannot be made or judged. The text is one sentence."""


def notebook_of(cells: list[Cell]) -> Notebook:
    """A notebook of these cells for Python's kernel."""
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def cell_of(name: str, source: str, *, points: float | None = None) -> Cell:
    """The cell with one of the names in `ORDER`; `points` are what nbgrader gives for it.

    The examples score nothing, but are tests for nbgrader's Validate.
    """
    kind = "markdown" if name == "statement" else "code"
    known: dict[str, object] = {
        "schema_version": 3,
        "grade_id": name,
        "cell_type": kind,
        "grade": points is not None,
        "solution": name == SOLUTION,
        "locked": name != SOLUTION,
        "task": False,
    }
    if points is not None:
        known["points"] = points
    return plain_cell(name, source, kind) | {"metadata": {"nbgrader": known}}


def plain_cell(ident: str, source: str, kind: str = "code") -> Cell:
    """A cell of which nbgrader knows nothing."""
    code: dict[str, object] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": ident, "metadata": {}, "source": source, **code}


def dimension_points(possible: Mapping[Dimension, float]) -> dict[Dimension, float]:
    """The dimensions that have a cell, in order: those in which something can be earned."""
    return {dimension: possible[dimension] for dimension in DIMENSIONS if possible.get(dimension)}


def dimension_name(dimension: Dimension) -> str:
    """A dimension as a heading."""
    names = {
        "correctness": tr("correctness"),
        "concurrency": tr("concurrency"),
        "cancellation": tr("cancellation"),
    }
    return names[dimension].capitalize()


def read_text(exercise: Exercise, path: Path) -> str:
    """The text of one of an exercise's files."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotebooksError(f"{exercise.shown(path)} cannot be read: {error}.") from error
