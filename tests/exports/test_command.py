"""The command `grader export`: files, the terminal, and sentences."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from grader.cli import main
from grader.exports import FORMATS, ExportError, Results
from grader.exports.files import Export, File
from grader.exports.writing import write
from grader.records.results import StudentResult
from tests.exports.conftest import first


def run(*words):
    return CliRunner().invoke(main, ["export", *map(str, words)])


def test_one_file_goes_to_the_terminal_or_into_a_file(saved, tmp_path):
    """The same bytes, and remarks beside them."""
    folder = saved()

    shown, done = run(folder, "--to", "csv"), run(folder, "--to", "csv", "--out", tmp_path / "g.csv")

    assert shown.exit_code == done.exit_code == 0
    assert shown.stdout == (tmp_path / "g.csv").read_text("utf-8")
    assert "The grader failed at work of cleo" in shown.stderr
    assert f"Written to {tmp_path / 'g.csv'}." in done.stderr


def test_gradescope_is_a_folder(saved, tmp_path):
    """One file for each student; what is left of an older export is named."""
    out = tmp_path / "gradescope"
    out.mkdir()
    (out / "cleo.json").write_text("{}")

    done = run(saved(), "--to", "gradescope", "--out", out)

    assert json.loads((out / "ada.json").read_text("utf-8"))["score"] == 11.0
    assert f"{out} also holds what is no part of this export: cleo.json." in done.stderr
    assert run(saved(), "--to", "gradescope").stderr == (
        "Error: Gradescope takes a file for each student: name a folder with --out.\n"
    )


def test_one_exercise_alone_is_exported(saved):
    """Its points are then all there are."""
    done = run(saved(), "--to", "csv", "--exercise", "01_first_await")

    assert done.stdout.splitlines()[:2] == ["student,ident,01_first_await,total,possible", "ada,101,5,5,5"]


def test_an_exercise_that_nobody_was_graded_on_is_refused(saved):
    """A slip in a name is not an empty export."""
    done = run(saved(), "--to", "csv", "--exercise", "1_frist")

    assert done.exit_code == 2
    assert "no results of 1_frist" in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "holds no results.json"),
        (b"", "holds no results of a grading"),
        (b"{}", "holds no results of a grading"),
        (b'{"students":[],"format":"other/9"}', "has the format 'other/9'"),
        (b'{"students":[{"student":1}],"format":"async-exercise-kit/results/1"}', "student 1 cannot be read"),
    ],
)
def test_what_is_no_result_is_refused_in_a_sentence(content, said, tmp_path):
    """Never a traceback."""
    if content is not None:
        (tmp_path / "results.json").write_bytes(content)

    done = run(tmp_path, "--to", "csv")

    assert done.exit_code == 2
    assert said in done.stderr.replace("\n", " ")


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {"canvas", "gradescope"}))
def test_a_class_of_nobody_is_exported(form, tmp_path):
    """There is nothing to say, and nothing fails."""
    (tmp_path / "results.json").write_bytes(b'{"students":[],"format":"async-exercise-kit/results/1"}')

    assert run(tmp_path, "--to", form).exit_code == 0


def test_names_in_any_script_are_utf_8(saved):
    """Whatever the terminal's encoding."""
    done = run(saved(StudentResult("王小明", (first(),))), "--to", "csv")

    assert "王小明".encode() in done.stdout_bytes


def test_a_file_is_whole_or_as_it_was(tmp_path):
    """An export that fails on the way leaves the old file alone, and nothing beside it."""
    out = tmp_path / "g.csv"
    out.write_text("old")

    def pieces():
        yield "new"
        raise ExportError("It broke.")

    with pytest.raises(ExportError):
        write(Export([File("x", pieces())]), out)

    assert [path.name for path in tmp_path.iterdir()] == ["g.csv"]
    assert out.read_text() == "old"


def test_a_place_that_cannot_be_written_to_is_named(saved, tmp_path):
    """One sentence."""
    done = run(saved(), "--to", "csv", "--out", tmp_path / "missing" / "g.csv")

    assert done.exit_code == 2
    assert "The export cannot be written to" in done.stderr


def test_results_can_be_gone_through_again(saved):
    """Exports that look twice see the same students."""
    results = Results(saved())

    assert list(results) == list(results)
    assert len(results) == 3
