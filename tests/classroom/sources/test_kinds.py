"""What kind of submissions lies at a place is told from names, and asked for where they do not tell."""

from __future__ import annotations

import pytest

from grader.classroom.sources import Look, Source, recognise
from grader.classroom.submissions import SubmissionsError

from .conftest import FILE, zip_of


@pytest.mark.parametrize(
    "look, kind",
    [
        (Look(folders=["ada", "bob"]), "folders"),
        (Look(folders=["ada"], files=["notes.txt"]), "folders"),
        (Look(files=["ada.zip", "bob.tar.gz", "notes.txt"]), "archive"),
        (Look(folders=["ada", "bob"], is_archive=True), "archive"),
        (Look(folders=["Ada_1_assignsubmission_file_"], files=["grades.csv"]), "moodle"),
        (Look(files=["Ada_1_assignsubmission_file_x.py"]), "moodle"),
        (Look(files=["ada_1_2_x.py", "bob_LATE_3_4_x.py", "grades.csv"]), "canvas"),
        (Look(files=["ada_1_2_x.zip"]), "canvas"),
        (Look(folders=["ada", "bob"], stamped=["ada", "bob"]), "nbgrader"),
        (Look(folders=["source", "submitted"]), "nbgrader"),
        (Look(folders=["submitted"], files=["gradebook.db"]), "nbgrader"),
        (Look(folders=["ada", "bob"], repositories=["ada", "bob"]), "git"),
    ],
)
def test_the_kind_is_recognised(look, kind):
    """Each by what only it shows."""
    assert recognise(look) == kind


def test_one_student_alone_decides_nothing():
    """What a student put into a folder does not change how the class is read."""
    assert recognise(Look(folders=["ada", "bob", "eve"], stamped=["eve"])) == "folders"
    assert recognise(Look(folders=["ada", "bob", "eve"], repositories=["eve"])) == "folders"


@pytest.mark.parametrize(
    "look, sentence",
    [
        (Look(), "it needs one folder or one archive for each student."),
        (Look(files=["x.py"]), "it needs one folder or one archive for each student."),
        (
            Look(folders=["Ada_1_assignsubmission_file_", "bob"]),
            "Ada_1_assignsubmission_file_ seems to be of the kind 'moodle', and bob does not: name the kind with "
            "--from moodle or --from folders.",
        ),
        (
            Look(folders=["bob"], files=["ada.zip"]),
            "ada.zip seems to be of the kind 'archive', and bob does not: name the kind with --from archive or "
            "--from folders.",
        ),
        (
            Look(files=["ada.zip", "lab_1_2_bob.zip"]),
            "lab_1_2_bob.zip seems to be of the kind 'canvas', and ada.zip does not: name the kind with --from canvas "
            "or --from archive.",
        ),
        (
            Look(folders=["ada", "bob", "eve"], repositories=["ada", "bob"]),
            "ada seems to be a Git repository, and eve does not: name the kind with --from git or --from folders.",
        ),
    ],
)
def test_what_is_unclear_is_asked_for(look, sentence):
    """With the option that answers it."""
    with pytest.raises(SubmissionsError) as unclear:
        recognise(look)

    assert str(unclear.value) == sentence


def test_a_named_kind_is_not_recognised_again(tmp_path, read):
    """Folders and archives beside each other are read as the option says."""
    (tmp_path / "class" / "bob").mkdir(parents=True)
    (tmp_path / "class" / "bob" / FILE).write_text("bob")
    (tmp_path / "class" / "ada.zip").write_bytes(zip_of({FILE: "ada"}))

    assert read(tmp_path / "class", "folders") == {"bob": b"bob"}
    assert read(tmp_path / "class", "archive") == {"ada": b"ada", "bob": b"bob"}


@pytest.mark.parametrize("kind", ["folders", "archive", "moodle", "canvas", "nbgrader", "git", None])
def test_nothing_is_one_sentence(tmp_path, kind):
    """An empty folder, a file that is no archive, and nothing at all."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("text")
    for place in ("empty", "file", "nowhere"):
        with pytest.raises(SubmissionsError) as nothing, Source(tmp_path / place, kind).students():
            pass
        assert str(nothing.value).startswith(str(tmp_path / place))
        assert str(nothing.value).endswith(".")


def test_git_s_own_folder_is_no_class(repository, students):
    """A repository is named with its branches, or its folder as what it is."""
    made = repository("course")
    made.commit({FILE: "x"})

    with pytest.raises(SubmissionsError, match=r"is a Git repository: name its branches with `grader branches`"):
        students(made.folder)
    with pytest.raises(SubmissionsError, match=r"is one repository: name its branches with `grader branches`"):
        students(made.folder, "git")
