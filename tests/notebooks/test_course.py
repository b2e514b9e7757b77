"""The course root that `grader notebooks` makes, and the configuration that sends submissions to the judge."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import msgspec
import nbformat
import pytest
from click.testing import CliRunner
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import AssignLatePenalties, ClearOutput, ClearSolutions, Execute, SaveAutoGrades
from traitlets.config import Config, PyFileConfigLoader

from grader.catalog import Course
from grader.cli import main
from grader.notebooks import cells
from grader.notebooks.autograde import JudgeSubmission, RestoreNotebook, source_of
from grader.notebooks.bench import KeptBench
from grader.notebooks.cells import NotebooksError, dimension_points
from grader.notebooks.collect import CollectWithoutLinks, copy_regular_files
from grader.notebooks.configuration import configure
from grader.notebooks.course import CONFIGURATION, make_course, make_notebook, possible_points
from grader.notebooks.late import AssignCoursePenalties
from grader.notebooks.outputs import score_output
from grader.notebooks.stubs import ClearOtherSolutions
from grader.records.results import ExerciseResult
from grader.rubric import score
from tests.conftest import SUITE, outcome

ROOT = Path(__file__).parents[2]
POSSIBLE = {"correctness": 4.0, "concurrency": 4.0, "cancellation": 2.0}


@pytest.fixture
def course(course_builder):
    """Two exercises whose suite gives 4, 4 and 2 points."""
    course_builder.add("01_first")
    course_builder.add("02_second")
    return course_builder.load()


def names(notebook):
    return [cell["metadata"]["nbgrader"]["grade_id"] for cell in notebook["cells"]]


def test_each_track_is_an_assignment_and_each_exercise_a_notebook(course, tmp_path):
    """Notebooks lie in `source/TRACK/`; the configuration names the course's folder."""
    made = make_course(course, course.exercises, tmp_path / "root", dict.fromkeys(("01_first", "02_second"), POSSIBLE))

    assert made.notebooks == ("source/basics/01_first.ipynb", "source/basics/02_second.ipynb")
    assert made.configured
    assert repr(str(course.root)) in (tmp_path / "root" / CONFIGURATION).read_text("utf-8")


def test_a_notebook_has_a_cell_for_each_dimension_that_scores(course):
    """Their points are those of the suite; a dimension without points has no cell."""
    notebook = make_notebook(course.exercises[0], {"cancellation": 2.5, "correctness": 7.5, "concurrency": 0.0})

    assert names(notebook) == ["statement", "setup", "solution", "examples", "correctness", "cancellation"]
    points = [cell["metadata"]["nbgrader"].get("points") for cell in notebook["cells"]]
    assert points == [None, None, None, 0, 7.5, 2.5]


@pytest.mark.parametrize("exercise", Course.load(ROOT).exercises, ids=lambda exercise: exercise.name)
def test_every_exercise_makes_a_notebook_that_nbgrader_takes(exercise):
    """The format is valid, the solution cell is the stub, and what it says of terminals is gone."""
    notebook = nbformat.from_dict(make_notebook(exercise, POSSIBLE))
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    by_name = {cell.id: cell.source for cell in notebook.cells}

    assert by_name["solution"] + "\n" == exercise.stub.read_text("utf-8")
    assert "pytest exercises/" not in by_name["statement"] + by_name["examples"]
    compile(by_name["examples"].partition("\n")[2], "examples", "exec")


def test_the_points_are_those_of_the_suites(course, fake_bench):
    """What can be earned in each dimension sums to the points of the exercise."""
    possible = possible_points(course.exercises, fake_bench, workers=1)

    assert possible["01_first"] == POSSIBLE
    assert list(dimension_points(possible["02_second"])) == ["correctness", "concurrency", "cancellation"]


def test_an_exercise_without_a_suite_is_refused_by_name(course, fake_bench):
    """There is nothing to be graded by."""
    (course.exercises[1].hidden_suite / "test_hidden.py").unlink()
    course.exercises[1].hidden_suite.rmdir()

    with pytest.raises(NotebooksError, match=r"02_second has no graded cells: tests/hidden/02_second is missing\."):
        possible_points(course.exercises, fake_bench, workers=1)


def test_what_was_edited_is_replaced_by_force_alone(course, tmp_path):
    """A second run changes nothing; a notebook that says something else stays, and so do the others."""
    possible = dict.fromkeys(("01_first", "02_second"), POSSIBLE)
    make_course(course, course.exercises, tmp_path, possible)
    make_course(course, course.exercises, tmp_path, possible)
    edited = tmp_path / "source/basics/02_second.ipynb"
    edited.write_text("{}")
    (tmp_path / "source/basics/01_first.ipynb").unlink()

    with pytest.raises(NotebooksError, match=r"02_second\.ipynb is there already and says something else: --force"):
        make_course(course, course.exercises, tmp_path, possible)
    assert not (tmp_path / "source/basics/01_first.ipynb").exists()
    make_course(course, course.exercises, tmp_path, possible, force=True)
    assert json.loads(edited.read_text("utf-8"))["cells"]


def test_another_configuration_stays(course, tmp_path):
    """Where `nbgrader_config.py` is there already, it is not touched, and the command says what it lacks."""
    (tmp_path / CONFIGURATION).write_text("c = get_config()\n")
    made = make_course(course, course.exercises[:1], tmp_path, {"01_first": POSSIBLE})

    assert not made.configured
    assert (tmp_path / CONFIGURATION).read_text() == "c = get_config()\n"


@pytest.mark.parametrize("name", ["../up", "a b", "a/b", "a+b"])
def test_an_assignment_needs_a_name_that_nbgrader_takes(course, tmp_path, name):
    """Other names would become other folders."""
    with pytest.raises(NotebooksError, match="cannot be named"):
        make_course(course, course.exercises[:1], tmp_path, {"01_first": POSSIBLE}, assignment=name)


def test_the_command_makes_one_assignment_of_a_selection(tmp_path):
    """`--assignment` names it; the next command is told."""
    done = CliRunner().invoke(
        main, ["notebooks", str(tmp_path), "2", "1", "--assignment", "week-1", "--lang", "en", "--course", str(ROOT)]
    )

    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "source/week-1").iterdir()) == [
        "01_first_await.ipynb",
        "02_breakfast_together.ipynb",
    ]
    assert done.output.splitlines()[-1] == f"Next, in {tmp_path}: nbgrader generate_assignment week-1"


def test_the_configuration_takes_the_place_of_execution_alone(course, tmp_path, monkeypatch):
    """Read as nbgrader reads it: execution, late rule and `ClearSolutions` are replaced, all else is nbgrader's own."""
    monkeypatch.setenv("PATH", "/usr/bin")
    make_course(course, course.exercises[:1], tmp_path, {"01_first": POSSIBLE})
    c = PyFileConfigLoader(CONFIGURATION, str(tmp_path)).load_config()
    own = Autograde.autograde_preprocessors.default_args[0]

    instead = {Execute: JudgeSubmission, AssignLatePenalties: AssignCoursePenalties}
    assert set(instead) < set(own)
    assert c.Autograde.autograde_preprocessors == [instead.get(each, each) for each in own]
    assert c.Autograde.sanitize_preprocessors == [
        RestoreNotebook,
        *Autograde.sanitize_preprocessors.default_args[0],
    ]
    generating = GenerateAssignment.preprocessors.default_args[0]
    replaced = {ClearSolutions: ClearOtherSolutions}
    assert c.GenerateAssignment.preprocessors == [replaced.get(each, each) for each in generating]
    assert c.JudgeSubmission.course == c.AssignCoursePenalties.course == str(course.root)
    assert c.ExchangeFactory.collect is CollectWithoutLinks
    assert os.environ["PATH"] == os.pathsep.join(["/usr/bin", sysconfig.get_path("scripts")])


def test_links_and_pipes_are_not_collected(tmp_path):
    """What a student's folder holds beside regular files of its own stays where it is."""
    secret = tmp_path / "secret.py"
    secret.write_text("the hidden suite")
    source = tmp_path / "submission"
    (source / "data").mkdir(parents=True)
    (source / "data" / "own.txt").write_text("mine")
    (source / "x.html").symlink_to(secret)
    (source / "folder").symlink_to(tmp_path)
    (source / "hard.html").hardlink_to(secret)
    os.mkfifo(source / "pipe")
    left = copy_regular_files(source, tmp_path / "copy")

    assert [path.relative_to(tmp_path / "copy").as_posix() for path in sorted((tmp_path / "copy").rglob("*"))] == [
        "data",
        "data/own.txt",
    ]
    assert [path.name for path in left] == ["folder", "hard.html", "pipe", "x.html"]


def test_a_configuration_of_ones_own_is_kept():
    """Preprocessors that are configured already stay, in their order."""
    c = Config()
    c.Autograde.autograde_preprocessors = [SaveAutoGrades, Execute, ClearOutput]
    configure(c, course="/course")

    assert c.Autograde.autograde_preprocessors == [SaveAutoGrades, JudgeSubmission, ClearOutput]


def generated(notebook):
    cleared, _ = ClearOtherSolutions().preprocess(nbformat.from_dict(notebook), {})
    return {cell.id: cell.source for cell in cleared.cells}


def test_the_stub_stays_and_solutions_of_other_notebooks_are_cleared(course):
    """nbgrader would write `raise NotImplementedError()` in the place of the stub."""
    exercise = course.exercises[0]
    other = cells.notebook_of([cells.cell_of("solution", "return 42"), cells.plain_cell("more", "x = 1")])

    assert generated(make_notebook(exercise, POSSIBLE))["solution"] == exercise.stub.read_text().rstrip("\n")
    assert generated(other)["solution"] == "# YOUR CODE HERE\nraise NotImplementedError()"
    assert generated(other)["more"] == "x = 1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = '\ud800'", r"The solution cell is not UTF-8 text \(line 1\)\."),
        ("x = 1\ny = '\0'", r"The solution cell holds a NUL byte \(line 2\)\."),
        ("# coding: latin-1", r"The solution cell says that it is not UTF-8 text \(latin-1\)\."),
        ("#" * 2**20, r"The solution cell is larger than 256 KiB\."),
    ],
)
def test_a_cell_is_refused_as_a_file_is(text, sentence):
    """What is no source file in the folder of a student is none in a cell."""
    with pytest.raises(Exception, match=sentence):
        source_of(text)


def test_a_cell_is_the_file_that_ends_in_a_newline():
    """nbgrader's cells lack the last one; an empty cell is an empty file."""
    assert source_of("x = 1") == b"x = 1\n"
    assert source_of("x = 1\n") == b"x = 1\n"
    assert source_of("") == b""


def result(**more):
    tests = score([outcome(*test) for test in SUITE], 10.0)
    return ExerciseResult("01_first", "First", 10.0, 10.0, tests=tests, **more)


def test_a_cell_with_other_points_than_the_suite_is_no_score():
    """A suite that was edited after the notebooks were made is named, with what to do."""
    assert score_output(result(), "correctness", 4.0).data["text/plain"] == "4.0"
    with pytest.raises(NotebooksError, match=r"worth 5 points, and the hidden suite gives 4: it has changed since"):
        score_output(result(), "correctness", 5.0)


@pytest.mark.parametrize(("feedback", "told"), [("full", (1, 1)), ("sentences", (1, 0)), ("score", (0, 0))])
def test_feedback_tells_as_much_as_is_configured(feedback, told):
    """Sentences without causes, or sums alone; the score that nbgrader reads is the same."""
    failed = outcome("test_returns_results", "correctness", 2.0, "rejected")
    failed = msgspec.structs.replace(failed, cause="The answer was 42.")
    tests = score([failed, *(outcome(*test) for test in SUITE[1:])], 10.0)
    output = score_output(
        ExerciseResult("01_first", "First", 10.0, 6.0, tests=tests, source_digest="d"), "correctness", 4.0, feedback
    )
    html = output.data["text/html"]

    assert output.data["text/plain"] == "0.0"
    assert "Correctness: 0 of 4 points" in html
    assert (html.count("The claim of"), html.count("The answer was 42.")) == told


def test_what_could_not_be_judged_is_worth_nothing_and_says_why():
    """A cell that holds no source has 0 points and its sentence."""
    refused = ExerciseResult("01_first", "First", 10.0, 0.0, problem="The solution cell holds a NUL byte (line 2).")
    output = score_output(refused, "correctness", 4.0)

    assert output.data["text/plain"] == "0.0"
    assert "The solution cell holds a NUL byte (line 2)." in output.data["text/html"]


def test_judging_fails_closed_where_there_are_no_walls(course, monkeypatch):
    """Without walls nothing is judged, unless it is configured."""
    monkeypatch.setattr("grader.notebooks.bench.level_here", lambda highest: "limits")
    bench = KeptBench()

    with pytest.raises(NotebooksError, match=r"no walls around a submission .*c\.JudgeSubmission\.unsafe_no_sandbox"):
        bench.judge(course.exercises[0], b"", lowest="filtered", input_seed=0)


class Benches:
    """Stands for `Bench`, and keeps those that were opened."""

    def __init__(self, bench):
        self.bench = bench
        self.opened = []

    def __call__(self, root, *, walls, lowest):
        self.opened.append(self.bench())
        return self.opened[-1]


def test_a_bench_is_kept_until_a_suite_is_edited(course, fake_bench, monkeypatch):
    """Notebook after notebook is judged on one bench; an edited suite is read anew."""
    benches = Benches(fake_bench)
    monkeypatch.setattr("grader.notebooks.bench.Bench", benches)
    monkeypatch.setattr("grader.notebooks.bench.level_here", lambda highest: "filtered")
    bench = KeptBench()
    for exercise in (*course.exercises, *course.exercises):
        bench.judge(exercise, b"# right\n", lowest="filtered", input_seed=3)

    assert [len(each.judged) for each in benches.opened] == [4]
    assert {job.input_seed for job in benches.opened[0].judged} == {3}
    (course.exercises[0].hidden_suite / "test_hidden.py").write_text("# edited\n")
    bench.judge(course.exercises[0], b"", lowest="filtered", input_seed=3)
    assert [len(each.judged) for each in benches.opened] == [4, 1]
    assert benches.opened[0].closed


def test_a_failing_bench_is_the_graders_error_after_a_second_try(course, fake_bench, monkeypatch):
    """Nothing is written of the submission; nbgrader leaves it ungraded."""
    benches = Benches(fake_bench)
    monkeypatch.setattr("grader.notebooks.bench.Bench", benches)
    monkeypatch.setattr("grader.notebooks.bench.level_here", lambda highest: "filtered")

    with pytest.raises(NotebooksError, match=r"The grader failed, not the submission: The bench's worker died\."):
        KeptBench().judge(course.exercises[0], b"# breaks the bench\n", lowest="filtered", input_seed=0)
    assert len(benches.opened) == 2
    assert all(each.closed for each in benches.opened)


def test_the_extension_of_jupyter_needs_nothing_of_nbgraders():
    """Students install the kit alone: neither nbgrader nor the ledger's library is imported for the examples."""
    code = (
        "import sys, grader.notebooks.examples; print(sorted({'nbgrader', 'sqlalchemy', 'nbformat'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
