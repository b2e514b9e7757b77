"""The outputs of graded cells: the score as nbgrader reads it, with what a student is to know of it."""

from __future__ import annotations

from typing import Any

from nbformat.v4 import new_output

from grader.messages import tr
from grader.notebooks.cells import NotebooksError, dimension_name
from grader.records.results import Dimension, ExerciseResult
from grader.reports.feedback import Feedback, withheld
from grader.reports.notebook_cell import cell_html
from grader.reports.wording import points
from grader.rubric import total


def score_output(result: ExerciseResult, dimension: Dimension, worth: float, feedback: Feedback = "full") -> Any:
    """The output of the cell of a dimension, which is worth so many points.

    nbgrader reads partial credit from the plain text of a cell's result; people are shown its HTML.

    Raises:
        NotebooksError: the suite has other points than the cell.
    """
    tests = [test for test in result.tests if test.dimension == dimension]
    possible = total(test.points for test in tests)
    if result.tests and possible != worth:
        raise NotebooksError(
            f"The cell {dimension!r} of {result.exercise} is worth {points(worth)} points, and the hidden suite gives "
            f"{points(possible)}: it has changed since. Run `grader notebooks --force`, then "
            "`nbgrader generate_assignment --force`, and autograde again."
        )
    earned = total(test.earned for test in tests)
    heading = tr(
        "{dimension}: {earned} of {possible} points",
        dimension=dimension_name(dimension),
        earned=points(earned),
        possible=points(worth),
    )
    told = withheld(result, feedback)
    # At the lowest level there are only sums, which the heading tells.
    shown = [test for test in told.tests if test.dimension == dimension and feedback != "score"]
    data = {"text/plain": repr(earned), "text/html": cell_html(heading, shown, problem=told.problem)}
    return new_output("execute_result", data, execution_count=None)  # type: ignore[no-untyped-call]
