"""What a student's page tells at each level: nothing hidden at `sentences`, nothing but points at `score`."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from grader.catalog import Course, Exercise
from grader.records.results import ExerciseResult, Fact, Machine, StudentResult, TestResult
from grader.records.trace import Mark, Span, Trace
from grader.reports.feedback import FEEDBACKS, OUR_FAULT, Feedback, sentence_of, withhold
from grader.reports.student_page import SourceOf, anchor, student_page

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "sample_class"
SECRET = "canary-7391"


def with_secrets(test: TestResult) -> TestResult:
    """The same test, with something hidden wherever a run could have put it."""
    trace = Trace((Span("request", SECRET, 0.0, 7391.0, "raised", SECRET),), (Mark("fault", SECRET, 0.0),), 7391.0)
    return msgspec.structs.replace(
        test,
        name=f"{test.name}[{SECRET}]",
        cause=SECRET,
        facts=(Fact("expected", SECRET), Fact(SECRET, "3")),
        notes=(SECRET,),
        line=7391,
        seed=7391,
        virtual_seconds=7391.0,
        trace=trace,
        trace_digest=SECRET,
    )


def everywhere(result: StudentResult) -> StudentResult:
    return msgspec.structs.replace(
        result,
        exercises=tuple(
            msgspec.structs.replace(each, tests=tuple(map(with_secrets, each.tests)), real_seconds=7391.0)
            for each in result.exercises
        ),
    )


@pytest.mark.parametrize("feedback", ["sentences", "score"])
def test_a_page_follows_from_sentences_endings_and_points_alone(
    student: StudentResult, machine: Machine, source_of: SourceOf, feedback: Feedback
) -> None:
    """Whatever else is known of a test changes not a byte."""
    page = student_page(student, machine, feedback=feedback, source_of=source_of)

    assert student_page(everywhere(student), machine, feedback=feedback, source_of=source_of) == page
    assert SECRET in student_page(everywhere(student), machine, source_of=source_of)


def test_a_score_follows_from_points_alone(student: StudentResult, machine: Machine) -> None:
    """How tests ended changes nothing, where the points stay what they are."""

    def otherwise(test: TestResult) -> TestResult:
        return msgspec.structs.replace(test, sentence=SECRET, ending="stuck")

    other = msgspec.structs.replace(
        student,
        exercises=tuple(
            msgspec.structs.replace(each, tests=tuple(map(otherwise, each.tests))) for each in student.exercises
        ),
    )

    assert student_page(other, machine, feedback="score") == student_page(student, machine, feedback="score")


@pytest.mark.parametrize("feedback", FEEDBACKS)
def test_points_are_the_same_at_every_level(student: StudentResult, feedback: Feedback) -> None:
    """What is not told is counted all the same."""
    told = withhold(student, feedback)

    assert (told.score, told.points) == (student.score, student.points)
    for exercise, whole in zip(told.exercises, student.exercises, strict=True):
        for dimension in ("correctness", "concurrency", "cancellation"):
            assert exercise.by_dimension(dimension) == pytest.approx(whole.by_dimension(dimension))


def test_parameters_in_a_name_are_not_told(machine: Machine) -> None:
    """A test without a docstring is called by its name; what it is run with stays hidden."""
    test = TestResult("test_refuses_it[403-Oslo]", "correctness", 1, 0, "rejected", "test_refuses_it[seed3-403-Oslo]")
    result = StudentResult("ada", (ExerciseResult("12_x", "X", 1, 0, (test,)),))

    assert sentence_of(test) == "refuses it"
    assert "Oslo" not in student_page(result, machine, feedback="sentences")


def test_why_a_file_cannot_be_imported_is_told(machine: Machine) -> None:
    """Nothing hidden had reached the submission, so the cause and its line hold nothing hidden."""
    test = TestResult("test_x", "correctness", 1, 0, "raised", "The claim.", "The file has a syntax error.", line=2)
    source = b"import asyncio\nasync def x(:\n"

    def page(test: TestResult, feedback: Feedback) -> str:
        result = StudentResult("ada", (ExerciseResult("12_x", "X", 1, 0, (test,), source_digest="d"),))
        return student_page(result, machine, feedback=feedback, source_of=lambda digest: source)

    public = msgspec.structs.replace(test, public=True)
    assert "The file has a syntax error." in page(public, "sentences")
    assert 'id="exercise-12_x-line-2"' in page(public, "sentences")
    assert "The file has a syntax error." not in page(test, "sentences")
    assert "line-2" not in page(test, "sentences")
    assert "syntax error" not in page(public, "score")
    assert "import asyncio" not in page(public, "score")


def test_a_failure_of_the_grader_is_told_without_its_reason(machine: Machine) -> None:
    """Its reason may name what is hidden; why nothing was handed in is the student's own."""
    ours = ExerciseResult("12_x", "X", 1, 0, problem=f"The grader failed: {SECRET}", source_digest="d")
    theirs = ExerciseResult("13_y", "Y", 1, 0, problem="No file was handed in: looked for y.py.")
    page = student_page(StudentResult("ada", (ours, theirs)), machine, feedback="sentences")

    assert SECRET not in page
    assert OUR_FAULT in page
    assert "No file was handed in: looked for y.py." in page


# -- a real class ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def graded(sample_results: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Feedback, Path]:
    """The students' pages of the sample class at each level."""
    root = tmp_path_factory.mktemp("levels")
    for feedback in FEEDBACKS:
        subprocess.run(
            [sys.executable, "-m", "grader", "grade", str(SAMPLE), "--out", str(root / feedback)]
            + ["--feedback", feedback, "--ledger", str(sample_results / "ledger.sqlite")],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
    return {feedback: root / feedback / "students" for feedback in FEEDBACKS}


class Told(HTMLParser):
    """The words that a page tells of each exercise, by its id, without points."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.by_exercise: dict[str, str] = {}
        self._open: list[tuple[str, str, str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag != "meta":
            self._open.append((tag, known.get("class") or "", known.get("id") or ""))

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        section = next((ident for tag, name, ident in self._open if (tag, name) == ("section", "exercise")), "")
        if section and not self._are_points():
            self.by_exercise[section] = f"{self.by_exercise.get(section, '')} {data}"

    def _are_points(self) -> bool:
        tags = [tag for tag, _, _ in self._open]
        classes = {name for _, name, _ in self._open}
        head_of_section = tags[-3:-1] == ["header", "p"] or tags[-2:] == ["header", "p"]
        return bool(classes & {"points", "number"}) or head_of_section


def literals(exercise: Exercise) -> Iterator[str]:
    """The texts and numbers of a hidden suite, as they would be written, without its docstrings."""
    for path in sorted(exercise.hidden_suite.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
            and ast.get_docstring(node) is not None
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or id(node) in docstrings:
                continue
            if isinstance(node.value, bytes):
                yield node.value.decode("latin-1").strip()
            elif isinstance(node.value, str):
                yield node.value.strip()
            elif isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
                yield f"{node.value:g}"


def docstrings(exercise: Exercise) -> Iterator[str]:
    """The first paragraphs of a hidden suite's docstrings: written to be read, and all of it that is."""
    for path in sorted(exercise.hidden_suite.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())


def says(text: str, literal: str) -> bool:
    """Whether a text has a literal in it, as a word or number of its own."""
    return re.search(rf"(?<![\w.]){re.escape(literal)}(?!\w|\.\d)", text) is not None


def leaks(pages: Path) -> set[tuple[str, str, str]]:
    """(student, exercise, literal) for what pages tell that stands neither in the statement nor in the answer."""
    found = set()
    course = Course.load(ROOT)
    for page in sorted(pages.glob("*.html")):
        told = Told(page.read_text("utf-8")).by_exercise
        for exercise in course.exercises:
            if not (text := told.get(anchor(exercise.name), "")):
                continue
            statement = (exercise.stub.parent / "README.md").read_text("utf-8")
            answers = [path.read_text("utf-8", "replace") for path in (SAMPLE / page.stem).rglob(exercise.stub.name)]
            known = "\n".join([statement, *answers, *docstrings(exercise), exercise.name, exercise.title])
            found |= {
                (page.stem, exercise.name, each)
                for each in set(literals(exercise))
                if each and says(text, each) and not says(known, each)
            }
    return found


def test_no_literal_of_a_hidden_suite_is_told_in_sentences(graded: dict[Feedback, Path]) -> None:
    """Of a real class. `full` does tell them, so the search finds what there is to find."""
    assert leaks(graded["sentences"]) == set()
    assert leaks(graded["score"]) == set()
    assert len(leaks(graded["full"])) > 20


def test_sentences_and_endings_are_told(graded: dict[Feedback, Path]) -> None:
    """What a student may know is there."""
    told = Told((graded["sentences"] / "chen.html").read_text("utf-8")).by_exercise["exercise-12_bounded_downloads"]

    assert "Ten downloads of one second, three at a time, take four seconds." in told
    assert "rejected" in told
    assert "Too many downloads were running at once." not in told
