"""The student's commands, with real benches in a small course and fakes where only the words matter."""

import pytest
from click.testing import CliRunner

import grader.cli
import grader.cli.learn


@pytest.fixture
def course(course_builder):
    for name in ("01_first_await", "12_bounded_downloads"):
        course_builder.add(name)
    return course_builder


@pytest.fixture
def run(monkeypatch, course, fake_bench):
    """Run `grader …` in the course's folder, judged by fake benches, in English unless asked otherwise."""
    monkeypatch.setattr(grader.cli.learn, "practice_bench", lambda course: fake_bench())
    monkeypatch.chdir(course.root)
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)

    def run(*arguments):
        return CliRunner().invoke(grader.cli.main, list(arguments))

    return run


def solve(course, name):
    """Make the fake bench pass everything."""
    (course.root / "exercises" / name / f"{name.partition('_')[2]}.py").write_text("")


def test_the_map_shows_what_is_next(run):
    """`grader` alone shows a square for each exercise, and the one command to go on."""
    result = run()

    assert result.exit_code == 0
    assert "First steps  □ □  0/2   01 Bounded downloads" in result.output
    assert result.output.rstrip().endswith("then run `grader check 1`.")


def test_a_check_that_fails_says_so(run):
    """A line for each test, the first failure, the next step; the exit status is 1."""
    result = run("check", "1")

    assert result.exit_code == 1
    assert "rejected" in result.output
    assert "The claim of test_returns_results." in result.output
    assert result.output.rstrip().endswith("or ask `grader hint 1`.")


def test_a_check_that_passes_leads_on(run, course):
    """What passes is remembered, and the next exercise is named."""
    solve(course, "01_first_await")

    result = run("check", "exercises/01_first_await/first_await.py")

    assert result.exit_code == 0
    assert result.output.rstrip().endswith("Everything passes. Next: `grader show 12`.")
    assert "■ □  1/2" in run().output
    assert "12 Bounded downloads" in run("check").output


def test_checking_everything_rebuilds_progress(run, course):
    """`grader check --all` shows the failing ones and the map, and exits with 1 until all pass."""
    solve(course, "12_bounded_downloads")

    result = run("check", "--all")

    assert result.exit_code == 1
    assert "◧ ■  1/2" in result.output
    assert result.output.rstrip().endswith("1 exercise is not done yet: go on with `grader check 1`.")


def test_hints_come_one_by_one(run):
    """Each call shows one more, and says how many there are."""
    assert "Who waits?" in run("hint", "1").output
    second = run("hint", "1").output

    assert "Who waits?" in second
    assert "Who is let in next?" in second
    assert second.rstrip().endswith("These are all 2 hints.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("check", "99"), "There is no exercise '99'; the numbers run from 01 to 12."),
        (("check", "1", "--all"), "Name exercises or give --all, not both."),
        (("timeline", "1", "nothing"), "01_first_await has no test 'nothing'; it has test_returns_results"),
        (("watch",), "`grader watch` needs a terminal; use `grader check` elsewhere."),
    ],
)
def test_what_cannot_be_done_is_one_sentence(run, arguments, sentence):
    """Bad input ends with what is wrong and what to do, without a traceback."""
    result = run(*arguments)

    assert result.exit_code == 2
    assert f"Error: {sentence}" in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_a_missing_file_is_one_sentence(run, course):
    """A file that was deleted is named."""
    (course.root / "exercises/01_first_await/first_await.py").unlink()

    result = run("check", "1")

    assert result.exit_code == 2
    assert "exercises/01_first_await/first_await.py cannot be read: No such file or directory." in result.output
