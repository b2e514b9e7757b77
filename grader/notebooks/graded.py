"""Files that were graded, as nbgrader's autograded notebooks: formgrader shows no submission without one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from grader.catalog import Exercise
from grader.notebooks.cells import SOLUTION, NotebooksError
from grader.notebooks.course import make_notebook
from grader.notebooks.gradebook import Layout, Points, Students
from grader.notebooks.outputs import score_output
from grader.records.results import ExerciseResult
from grader.reports.clean import clean
from grader.reports.feedback import Feedback


def write_graded(
    students: Students,
    root: Path,
    layout: Layout,
    content: Callable[[str], bytes],
    feedback: Feedback = "sentences",
) -> int:
    """Write what was handed in into `autograded/` of the course root, with its results; return how many notebooks.

    `content` gives the source of a digest.

    Raises:
        NotebooksError: a student's name cannot be that of a folder.
    """
    for student in students:
        if "/" in student.student or "\\" in student.student or student.student.startswith("."):
            raise NotebooksError(f"{clean(student.student)} cannot be the name of a folder in autograded/.")
    for assignment in layout:
        # formgrader lists the assignments that have a source.
        (root / "source" / assignment).mkdir(parents=True, exist_ok=True)
    count = 0
    for student in students:
        mine = {result.exercise: result for result in student.exercises if result.source_digest}
        for assignment, exercises in layout.items():
            for exercise, possible in exercises.items():
                if exercise.name in mine:
                    result = mine[exercise.name]
                    text = content(result.source_digest).decode("utf-8", "replace")
                    place = root / "autograded" / student.student / assignment / f"{exercise.name}.ipynb"
                    _put(place, _notebook(exercise, possible, result, text, feedback))
                    count += 1
    return count


def _notebook(exercise: Exercise, possible: Points, result: ExerciseResult, source: str, feedback: Feedback) -> str:
    notebook = make_notebook(exercise, possible)
    for cell in notebook["cells"]:
        if cell["id"] == SOLUTION:
            cell["source"] = source.removesuffix("\n")
        elif cell["id"] in possible:
            cell["outputs"] = [score_output(result, cell["id"], possible[cell["id"]], feedback)]
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _put(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    # nbgrader's own are read-only.
    place.unlink(missing_ok=True)
    place.write_text(text, "utf-8")
