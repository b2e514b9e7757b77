"""Claims about the command `grader`."""

import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

import grader.cli
import grader.cli.running
from grader import __version__


@pytest.fixture
def run(monkeypatch, course_builder, fake_bench):
    """Run `grader …` in the course's folder, judged by fake benches."""
    course_builder.add("01_first_await")
    course_builder.add("12_bounded_downloads")
    monkeypatch.setattr(grader.cli.running, "judging", lambda course, **options: (fake_bench, "none"))
    monkeypatch.chdir(course_builder.root)

    def run(*arguments):
        return CliRunner().invoke(grader.cli.main, list(arguments))

    return run


@pytest.fixture
def submissions(course_builder, write_file):
    """A class of two, beside the course's files."""
    folder = course_builder.root / "class"
    for name in ("first_await", "bounded_downloads"):
        write_file(folder, f"ada/{name}.py", "")
    write_file(folder, "bob[red]/first_await.py", "# fails: test_downloads_overlap")
    return folder


def test_the_version_is_told(run):
    """`grader --version` is one line."""
    assert run("--version").output == f"grader, version {__version__}\n"


def test_verify_ends_in_one_sentence(run):
    """A lawful course is told so, and the exit code is 0."""
    result = run("verify")

    assert result.exit_code == 0
    assert "01_first_await" in result.output
    assert result.output.endswith("\nThe law of the kit holds in 2 exercises.\n")


def test_verify_exits_with_1_on_a_breach(run, course_builder):
    """A mistake that is not caught breaks the law."""
    course_builder.mistake("12_bounded_downloads", "fine.py", "concurrency: is not wrong.", "")

    result = run("verify", "12", "--workers", "2")

    assert result.exit_code == 1
    assert "01_first_await" not in result.output
    assert result.output.endswith("\nThe law of the kit is broken once in 1 exercise; mend what is named above.\n")


def test_verify_names_strays_of_the_course(run, course_builder, write_file):
    """A solution without an exercise is a breach of the whole course, not of one exercise."""
    write_file(course_builder.root, "solutions/09_gone/gone.py", "")

    result = run("verify")

    assert result.exit_code == 1
    assert "breach: solutions/09_gone belongs to no exercise.\n" in result.output
    assert run("verify", "01").exit_code == 0


def test_verify_passes_the_number_of_seeds(run, fake_bench):
    """`--seeds` reaches every job."""
    run("verify", "--seeds", "9", "01")

    assert {job.weather_seeds for bench in fake_bench.opened for job in bench.judged} == {9}


def test_grade_tells_a_line_for_each_student(run, submissions):
    """A pipe shows one line for each student, the scoreboard, and where the pages are."""
    result = run("grade", "class", "--out", "results", "--workers", "1")

    assert result.exit_code == 0
    assert result.output.startswith("graded       20 of 20  ada\ngraded        6 of 20  bob[red]\n")
    assert result.output.endswith("\nThe pages are in results/index.html.\n")
    assert (submissions.parent / "results" / "index.html").is_file()


def test_grade_takes_an_archive(run, submissions, course_builder):
    """A class in one archive is graded as the folder that it was made of."""
    shutil.make_archive(str(course_builder.root / "packed"), "zip", submissions)

    result = run("grade", "packed.zip", "--out", "results", "--workers", "1")

    assert result.output.startswith("graded       20 of 20  ada\ngraded        6 of 20  bob[red]\n")
    assert run("grade", "packed.zip", "--from", "moodle", "--out", "results").exit_code == 2


def test_branches_grades_heads(run, course_builder):
    """One line for each branch that fits; the results may lie in the repository itself."""
    root = course_builder.root
    commands = ("init -q -b main", "add .", "-c user.name=A -c user.email=a@b commit -qm x", "branch student/ada")
    for command in commands:
        subprocess.run(["git", *command.split()], cwd=root, check=True)

    result = run("branches", ".", "student/*", "--out", "results", "--exercise", "12", "--workers", "1")

    assert result.exit_code == 0, result.output
    # The branch holds the stub, which fails everything.
    assert result.output.startswith("graded        0 of 10  ada\n")
    assert (root / "results" / "students" / "ada.html").is_file()


def test_grade_takes_exercises_by_name(run, submissions):
    """`--exercise` narrows what is graded, whatever order it is given in."""
    result = run("grade", "class", "--out", "results", "--exercise", "first-await")

    assert "graded       10 of 10  ada\n" in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["grade", "nowhere", "--out", "o"], "nowhere is not a folder of submissions, nor an archive."),
        (["grade", "class", "--out", "class/o"], "they would be taken for a student's folder."),
        (["grade", "class", "--out", "exercises/course.toml"], "it is not a folder."),
        (["grade", "exercises/course.toml", "--out", "o"], "is not read: it is no zip or tar archive."),
        (["branches", "class", "x", "--out", "o"], "class is not a Git repository."),
        (["grade", "class", "--out", "o", "--extensions", "none.toml"], "none.toml: cannot be read"),
        (["grade", "class", "--out", "o", "--exercise", "99"], "the numbers run from 01 to 12."),
        (["verify", "--course", "nowhere"], "nowhere holds no course: exercises/course.toml is not there."),
        (["verify", "dowloads"], "There is no exercise 'dowloads'"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence(run, submissions, arguments, sentence):
    """Bad input ends with exit code 2 and one sentence, never with a traceback."""
    result = run(*arguments)

    assert result.exit_code == 2
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1
    assert sentence in result.output


def test_workers_follow_the_processors(monkeypatch):
    """In a container, only the processors that the process may use are counted."""
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 3, 5}, raising=False)

    assert grader.cli.running.cores() == 3


def test_a_command_whose_library_is_missing_says_so(monkeypatch):
    """As in a student's folder, where nobody grades a class; the help leaves the command out."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    for name in [name for name in sys.modules if name.startswith(("grader.cli.grading", "grader.classroom"))]:
        monkeypatch.delitem(sys.modules, name)

    done = CliRunner().invoke(grader.cli.main, ["grade", "class", "--out", "results"])
    told = CliRunner().invoke(grader.cli.main, ["--help"])

    assert done.exit_code == 1
    assert done.output == (
        "Error: `grader grade` needs sqlalchemy, which is not installed here: it comes with the instructors' kit.\n"
    )
    assert "  grade " not in told.output
    assert "  check " in told.output
