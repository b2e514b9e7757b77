"""nbgrader's autograding by the judge: the preprocessors that stand where nbgrader would run a notebook.

No kernel is started. What a student has handed in is read as text: the source of the solution cell goes to the
judge, and the rest of the notebook is what the instructor released.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Bool, Enum, Integer, Unicode

from grader.catalog import Course, Exercise, course_root
from grader.classroom.entries import digest_of
from grader.classroom.folders import MAX_BYTES, RefusedError, check_text
from grader.classroom.grade import scored
from grader.messages import speaking
from grader.notebooks.bench import BENCH
from grader.notebooks.cells import (
    EXAMPLES,
    ORDER,
    SOLUTION,
    NotebooksError,
    cell_of,
    notebook_of,
    plain_cell,
)
from grader.notebooks.outputs import score_output
from grader.records.results import DIMENSIONS, ExerciseResult
from grader.reports.feedback import FEEDBACKS


class RestoreNotebook(NbGraderPreprocessor):  # type: ignore[misc]
    """Makes the notebook anew from what nbgrader's database knows of it, with the student's solution cell in it.

    Nothing else of the student's survives but the text of other cells, as code that nobody runs: no metadata,
    output, attachment or markup can reach a score, a page or an instructor's browser.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """The restored notebook, where it is one of an exercise."""
        known = resources["nbgrader"]
        with Gradebook(known["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(known["notebook"], known["assignment"])
            sources = {cell.name: (cell.source, cell.checksum) for cell in notebook.source_cells}
            points = {cell.name: cell.max_score for cell in notebook.grade_cells}
        if not _of_an_exercise(sources):
            return nb, resources
        mine, others = _solution(nb.cells)
        cells = []
        for name in (name for name in ORDER if name in sources):
            source, checksum = sources[name]
            cell = cell_of(name, mine if name == SOLUTION else source, points=points.get(name))
            cell["metadata"]["nbgrader"]["checksum"] = checksum
            cells.append(cell)
        if others:
            cells.append(plain_cell("others", "# Other cells of the student. They are not judged."))
            cells += [plain_cell(f"other-{number}", text) for number, text in enumerate(others, 1)]
        return type(nb)(_noded(type(nb), notebook_of(cells))), resources


def _of_an_exercise(names: Any) -> bool:
    """Whether a notebook with cells of these names was made by this kit."""
    return {SOLUTION, EXAMPLES} <= set(names)


def _solution(cells: list[Any]) -> tuple[str, list[str]]:
    """The text of the solution cell and those of the cells that a student has added.

    Of several copies of the solution cell the last counts, as with nbgrader's own cells.
    """
    solution, others = "", []
    for cell in cells:
        name, text = _grade_id(cell), cell.get("source")
        if not isinstance(text, str):
            continue
        if name == SOLUTION:
            solution = text
        elif name not in ORDER and text.strip():
            others.append(text if cell.get("cell_type") == "code" else _commented(text))
    return solution, others


def _grade_id(cell: Any) -> object:
    metadata = cell.get("metadata")
    known = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return known.get("grade_id") if isinstance(known, dict) else None


def _commented(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines())


def _noded(node: type, value: Any) -> Any:
    """JSON as nbformat holds it."""
    if isinstance(value, dict):
        return node({key: _noded(node, each) for key, each in value.items()})
    return [_noded(node, each) for each in value] if isinstance(value, list) else value


class JudgeSubmission(NbGraderPreprocessor):  # type: ignore[misc]
    """Stands where `Execute` stands: has the solution judged, and writes outputs from which nbgrader reads scores."""

    course = Unicode("", help="The folder of the course that holds the hidden suites.").tag(config=True)
    language = Unicode("en", help="The language of the feedback: en or zh-CN.").tag(config=True)
    feedback = Enum(FEEDBACKS, "sentences", help="How much is told of the hidden tests, as with `grader grade`.").tag(
        config=True
    )
    input_seed = Integer(0, help="What the suites' random inputs are drawn from.").tag(config=True)
    unsafe_no_sandbox = Bool(False, help="Whether to judge even where no walls can be put around a submission.").tag(
        config=True
    )
    execute_others = Bool(
        False, help="Whether notebooks that are of no exercise are executed in a kernel, as nbgrader does."
    ).tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """The notebook with the outputs of its graded cells.

        Raises:
            NotebooksError: the grader failed, and nothing is known of the submission.
        """
        name = resources["nbgrader"]["notebook"]
        cells = {cell.metadata.nbgrader.grade_id: cell for cell in nb.cells if _grade_id(cell) in ORDER}
        if not _of_an_exercise(cells):
            if not self.execute_others:
                raise NotebooksError(
                    f"{name} is a notebook of no exercise; to have such notebooks executed in a kernel, set "
                    "c.JudgeSubmission.execute_others = True in nbgrader_config.py."
                )
            executed: tuple[Any, Any] = Execute(parent=self.parent).preprocess(nb, resources)
            return executed
        course, exercise = exercise_of(self.course, name)
        if exercise is None or not exercise.hidden_suite.is_dir():
            raise NotebooksError(f"{name} cannot be judged: {course.root} holds no hidden suite of this name.")
        with speaking(self.language, course.locale):
            result = self._judged(exercise, cells[SOLUTION].source)
            for dimension in DIMENSIONS:
                if dimension in cells:
                    worth = float(cells[dimension].metadata.nbgrader.points)
                    cells[dimension].outputs = [score_output(result, dimension, worth, self.feedback)]
        return nb, resources

    def _judged(self, exercise: Exercise, text: str) -> ExerciseResult:
        try:
            source = source_of(text)
        except RefusedError as refusal:
            return ExerciseResult(exercise.name, exercise.title, exercise.points, 0.0, problem=str(refusal))
        lowest = "none" if self.unsafe_no_sandbox else "filtered"
        outcomes = BENCH.judge(exercise, source, lowest=lowest, input_seed=self.input_seed)
        result = scored(exercise, digest_of(source), outcomes)
        if result.has_grader_error:
            causes = [test.cause for test in result.tests if test.ending == "grader error"]
            raise NotebooksError(
                f"The grader failed at {exercise.name}, not the submission: {result.problem or causes[0]} "
                "Autograde again."
            )
        return result


def exercise_of(folder: str, notebook: str) -> tuple[Course, Exercise | None]:
    """The course in `folder`, and the exercise that a notebook is named after, if there is one."""
    course = Course.load(course_root(Path(folder)))
    return course, next((each for each in course.exercises if each.name == notebook), None)


def source_of(text: str) -> bytes:
    """What the file would hold for which the solution cell stands.

    Raises:
        RefusedError: it would be no source file.
    """
    try:
        source = text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise RefusedError(f"The solution cell is not UTF-8 text (line {line}).") from error
    if source and not source.endswith(b"\n"):
        source += b"\n"
    if len(source) > MAX_BYTES:
        raise RefusedError(f"The solution cell is larger than {MAX_BYTES // 1024} KiB.")
    check_text(source, "The solution cell")
    return source
