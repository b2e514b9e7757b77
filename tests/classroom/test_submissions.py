"""Claims about what students hand in."""

import os
import sys

import pytest

from grader.classroom.folders import MAX_BYTES
from grader.classroom.sources import Source
from grader.classroom.submissions import Submission, SubmissionsError

PLACES = (
    "bounded_downloads.py, 12_bounded_downloads/bounded_downloads.py or "
    "exercises/12_bounded_downloads/bounded_downloads.py"
)


@pytest.fixture
def exercise(course_builder):
    course_builder.add("12_bounded_downloads")
    return course_builder.load().find("12")


@pytest.fixture
def folder(tmp_path):
    """Ada's folder."""
    path = tmp_path / "class" / "ada"
    path.mkdir(parents=True)
    return path


def students(folder):
    """The students of a folder of folders."""
    with Source(folder, "folders").students() as found:
        return found


def read(folder, exercise):
    (student,) = students(folder.parent)
    return student.read(exercise)


@pytest.mark.parametrize("place", PLACES.replace(" or ", ", ").split(", "))
def test_a_file_is_read_flat_or_in_the_layout(folder, exercise, write_file, place):
    """All three layouts are accepted."""
    write_file(folder, place, "x = '等'\n")

    assert read(folder, exercise) == Submission("x = '等'\n".encode())


def test_a_missing_file_names_where_it_was_looked_for(folder, exercise):
    """Nothing handed in is a sentence, not an error."""
    assert read(folder, exercise).problem == f"No file was handed in: looked for {PLACES}."


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("Bounded-Downloads.py", "Found Bounded-Downloads.py, which must be named bounded_downloads.py."),
        (
            "12_bounded_downloads/bounded_downloads (2).py",
            "Found 12_bounded_downloads/bounded_downloads (2).py, which must be named bounded_downloads.py.",
        ),
        (
            "week 3/bounded-downloads.py",
            "Found week 3/bounded-downloads.py, which must be named bounded_downloads.py "
            "and moved to bounded_downloads.py.",
        ),
        (
            "week 3/bounded_downloads.py",
            f"Found week 3/bounded_downloads.py, which is not where it is looked for: move it to {PLACES}.",
        ),
    ],
)
def test_a_slip_in_the_name_says_which_file_was_found(folder, exercise, write_file, place, sentence):
    """The sentence names the file that was found and how it must be named."""
    write_file(folder, place, "")

    assert read(folder, exercise).problem == sentence


def test_two_files_that_differ_are_not_guessed_between(folder, exercise, write_file):
    """The same file twice is fine; two different ones are a question for the student."""
    write_file(folder, "bounded_downloads.py", "1")
    write_file(folder, "12_bounded_downloads/bounded_downloads.py", "1")
    assert read(folder, exercise).source == b"1"

    write_file(folder, "bounded_downloads.py", "2")

    assert read(folder, exercise).problem == (
        "bounded_downloads.py and 12_bounded_downloads/bounded_downloads.py differ; hand in one of them."
    )


def test_what_is_no_source_is_refused(folder, exercise):
    """Large files, other encodings and folders are each one sentence."""
    path = folder / "bounded_downloads.py"

    path.write_bytes(b"#" * MAX_BYTES)
    assert read(folder, exercise).problem == ""
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert read(folder, exercise).problem == "bounded_downloads.py is larger than 256 KiB."
    path.write_bytes(b"# one\n# caf\xe9\n")
    assert read(folder, exercise).problem == "bounded_downloads.py is not UTF-8 text (line 2)."
    path.unlink()
    path.mkdir()
    assert read(folder, exercise).problem == "bounded_downloads.py is not a regular file."


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links and pipes")
def test_links_and_pipes_are_refused(folder, exercise, tmp_path, write_file):
    """A link could show another student's work, and a pipe would wait for ever."""
    secret = write_file(tmp_path, "solution/bounded_downloads.py", "secret")
    path = folder / "bounded_downloads.py"

    path.symlink_to(secret)
    assert read(folder, exercise) == Submission(
        problem="bounded_downloads.py is a symbolic link; hand in the file itself."
    )
    path.unlink()
    os.mkfifo(path)
    assert read(folder, exercise).problem == "bounded_downloads.py is not a regular file."
    path.unlink()
    (folder / "12_bounded_downloads").symlink_to(secret.parent)
    assert read(folder, exercise).problem == ("12_bounded_downloads is a symbolic link; hand in the file itself.")


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_a_linked_folder_is_not_followed(folder, exercise, write_file):
    """A student's folder is never a link to another's."""
    write_file(folder, "bounded_downloads.py", "")
    (folder.parent / "bob").symlink_to(folder)

    _, bob = students(folder.parent)

    assert bob.read(exercise).problem == ("The student's folder is a symbolic link; links are not followed.")


def test_students_are_sorted_and_printable(tmp_path):
    """Names come from folders, whatever characters these hold."""
    for name in ("bob", "ada", "李雷", "eve\x1b[31m", ".git", "__pycache__"):
        (tmp_path / name).mkdir()
    (tmp_path / "notes.txt").touch()

    assert [student.name for student in students(tmp_path)] == ["ada", "bob", "eve\\x1b[31m", "李雷"]


def test_a_folder_without_students_is_refused(tmp_path):
    """Bad input is one sentence."""
    with pytest.raises(SubmissionsError, match="holds no submissions"):
        students(tmp_path)
    with pytest.raises(SubmissionsError, match="is not a folder of submissions"):
        students(tmp_path / "nowhere")
