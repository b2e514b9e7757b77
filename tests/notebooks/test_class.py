"""A class of ten notebooks through nbgrader's real commands: scores as of files, and nothing hidden shown."""

from __future__ import annotations

import ast
import base64
import csv
import json
import re

import msgspec
import pytest
from nbgrader.api import Gradebook

from grader.catalog import Course
from grader.records.results import DIMENSIONS, ClassResult
from tests.notebooks.classroom import (
    ASSIGNMENT,
    CLASS,
    EXERCISE,
    ROOT,
    cell,
    grade_class,
    make,
    run,
    source,
)
from tests.release.test_nothing_hidden import found_in, runs_of_words, secrets, words_of
from tests.reports.test_feedback import docstrings, literals, says


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The course root after everything."""
    folder = tmp_path_factory.mktemp("nbgrader") / "async101"
    make(folder)
    grade_class(folder)
    return folder


@pytest.fixture(scope="module")
def as_files(course, tmp_path_factory):
    """The results of the same sources, handed in as files."""
    folder, out = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("results")
    for student in CLASS:
        (folder / student).mkdir()
        (folder / student / "bounded_downloads.py").write_text(source(course, student), "utf-8")
    run(["grader", "grade", str(folder), "--out", str(out), "--exercise", "12"], ROOT)
    result = msgspec.json.decode((out / "results.json").read_bytes(), type=ClassResult)
    return {student.student: student.exercises[0] for student in result.students}


@pytest.mark.parametrize("student", CLASS)
def test_the_scores_are_those_of_the_same_code_as_a_file(course, as_files, student):
    """Each graded cell has the points of its dimension, and nothing is left to grade by hand."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        grades = {
            name: gradebook.find_grade(name, EXERCISE, ASSIGNMENT, student)
            for name in (each.name for each in gradebook.find_notebook(EXERCISE, ASSIGNMENT).grade_cells)
        }
        found = {name: (grade.auto_score, grade.max_score) for name, grade in grades.items()}
        assert not any(grade.needs_manual_grade or grade.manual_score is not None for grade in grades.values())

    assert found.pop("examples") == (0, 0)
    expected = {name: as_files[student].by_dimension(name) for name in DIMENSIONS}
    assert found == {name: pytest.approx(pair, abs=1e-9) for name, pair in expected.items()}


def test_the_export_has_the_whole_class(course, as_files):
    """`nbgrader export` gives each student the points of the exercise."""
    with (course / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}

    assert {name: float(row["score"]) for name, row in rows.items()} == {
        student: pytest.approx(result.earned) for student, result in as_files.items()
    }
    assert {float(row["max_score"]) for row in rows.values()} == {10.0}
    assert {row["timestamp"] for row in rows.values()} == {"2026-10-01 12:00:00"}
    assert len({float(row["score"]) for row in rows.values()}) > 2


def test_right_code_is_right_whatever_it_says_beside(as_files):
    """Full marks with text on stderr, with a coroutine that is never awaited, and with all other cells deleted."""
    full = [name for name, result in as_files.items() if result.earned == 10.0]

    assert full == ["ada-right", "fay-deletes", "gus-stray", "hana-unawaited"]


def pages(course, student="*"):
    """The feedback on a student, or on all, with what its pictures say."""
    for path in sorted((course / "feedback").glob(f"{student}/*/*.html")):
        text = path.read_text("utf-8")
        pictures = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", text)
        yield "\n".join([text, *(base64.b64decode(each).decode() for each in pictures)])


def test_the_feedback_says_what_was_not_held(course):
    """A failed test is told in its sentence."""
    (page,) = pages(course, "ben-wrong")

    assert "Ten downloads of one second, three at a time, take four seconds." in page
    assert "Traceback (most recent call last)" not in page


def test_the_feedback_on_what_cannot_be_imported_names_it(course):
    """A syntax error is named, with the line: no hidden test can have put it there."""
    assert "syntax error in line 1" in next(pages(course, "ivo-syntax"))


def test_no_literal_of_the_suite_is_in_the_feedback(course):
    """What the scored cells say holds no text and no number of the hidden suite that the statement does not hold."""
    exercise = Course.load(ROOT).find(EXERCISE)
    known = "\n".join([(exercise.stub.parent / "README.md").read_text("utf-8"), *docstrings(exercise)])

    for student in CLASS:
        notebook = json.loads((course / "autograded" / student / ASSIGNMENT / f"{EXERCISE}.ipynb").read_text("utf-8"))
        html = "".join(str(cell(notebook, each)["outputs"][0]["data"]["text/html"]) for each in DIMENSIONS)
        # How many points a test gives is no secret.
        told = re.sub(r"[\d.]+ of [\d.]+", "", " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html).split()))
        assert {each for each in literals(exercise) if each and says(told, each) and not says(known, each)} == set()


def without_docstrings(text):
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def test_nothing_hidden_is_in_what_students_are_given(course):
    """No run of words of a hidden test or a solution is in `source/`, `release/` or the exchange's outbound."""
    hidden = set().union(*secrets(ROOT).values())
    places = [course / "source", course / "release", course.parent / "exchange" / course.name / "outbound"]
    texts = [path.read_text("utf-8") for place in places for path in place.rglob("*.ipynb")]

    assert len(texts) == 3
    assert found_in(hidden, ["\n".join(cell["source"]) if isinstance(cell["source"], list) else cell["source"]
                             for text in texts for cell in json.loads(text)["cells"]]) == set()  # fmt: skip


def test_no_test_is_in_the_feedback(course):
    """No run of words of a hidden test's code is on a page of feedback, nor in its pictures."""
    suite = (ROOT / "tests" / "hidden" / EXERCISE).rglob("*.py")
    hidden = set().union(*(runs_of_words(words_of(without_docstrings(path.read_text("utf-8")))) for path in suite))
    texts = [re.sub(r"<[^>]*>", "", page) for page in pages(course)]

    assert len(texts) == len(CLASS)
    assert len(hidden) > 100
    assert found_in(hidden, texts) == set()


def test_markup_of_a_student_reaches_no_page(course):
    """What was forged is nowhere in the autograded notebook but as the text of cells of code."""
    notebook = json.loads((course / "autograded" / "eli-forges" / ASSIGNMENT / f"{EXERCISE}.ipynb").read_text())
    (page,) = pages(course, "eli-forges")

    assert "widgets" not in notebook["metadata"]
    assert not any("stolen" in json.dumps(each) for each in notebook["cells"] if each["cell_type"] == "markdown")
    assert cell(notebook, "statement")["source"][0].startswith("# Bounded downloads")
    assert "<script>document.title" not in page
    assert "<img src=x" not in page


def test_a_link_in_a_submission_brings_nothing_back(course):
    """nbgrader would follow it with the instructor's rights and release the hidden suite as feedback."""
    assert list((course.parent / "exchange").rglob("stolen.html")) != []
    assert list(course.rglob("stolen.html")) == []
    released = [path.read_text("utf-8") for path in (course.parent / "exchange" / course.name).glob("feedback/*")]
    assert len(released) == len(CLASS)
    assert not any("import pytest" in text for text in released)


def test_a_judgement_is_repeated_by_force_alone(course):
    """Autograding again gives the same notebook; without --force it does nothing."""
    place = course / "autograded" / "ben-wrong" / ASSIGNMENT / f"{EXERCISE}.ipynb"
    before = place.read_bytes()
    said = run(["nbgrader", "autograde", ASSIGNMENT, "--student", "ben-wrong"], course)
    again = run(["nbgrader", "autograde", ASSIGNMENT, "--student", "ben-wrong", "--force"], course)

    assert "Skipping existing assignment" in said
    assert "Autograding" in again
    assert place.read_bytes() == before
