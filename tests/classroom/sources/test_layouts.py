"""What course systems name is told apart again: whose it is, which file, which attempt, and when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.classroom.sources.layouts import CanvasName, MoodleName, canvas_name, moodle_name, parsed_timestamp

from .conftest import FILE, zip_of

MOODLE = {
    f"Ada Lovelace_1234567_assignsubmission_file_/{FILE}": "ada",
    "Ada Lovelace_1234567_assignsubmission_onlinetext_/onlinetext.html": "<p>See my file.</p>",
    f"Bob_7_assignsubmission_file/12_bounded_downloads/{FILE}": "bob",
    "Eve Typist_8_assignsubmission_onlinetext_/onlinetext.html": "<p>async def …</p>",
    f"José García Márquez_9_assignsubmission_file_{FILE}": "josé",
    f"王 小明_10_assignsubmission_file_/{FILE}": "王",
    "Zoe_11_assignsubmission_file_/homework.zip": zip_of({f"homework/{FILE}": "zoe"}),
}
MOODLE_READ = {
    "Ada Lovelace": b"ada",
    "Bob": b"bob",
    "Eve Typist": "The answer was typed into Moodle's text field; a file must be handed in.",
    "José García Márquez": "josé".encode(),
    "Zoe": b"zoe",
    "王 小明": "王".encode(),
}
CANVAS = {
    f"lovelaceada_12345_67890_{FILE}": "ada",
    "byronbob_LATE_12346_67891_bounded_downloads-2.py": "bob",
    f"LATE_anon_aB3x9_67892_{FILE}": "anonymous",
    "typisteve_12347_text.html": "<p>async def …</p>",
    "zoe_12348_67893_homework-1.zip": zip_of({FILE: "zoe"}),
    f"twicetom_12349_67894_{FILE}": "1",
    "twicetom_12349_67895_bounded_downloads-1.py": "2",
}
CANVAS_READ = {
    "anon_aB3x9": b"anonymous",
    "byronbob": b"bob",
    "lovelaceada": b"ada",
    "twicetom": f"2 files named {FILE} differ; hand in one of them.",
    "typisteve": "The answer was typed into Canvas's text field; a file must be handed in.",
    "zoe": b"zoe",
}


def unpacked(folder, files):
    """The same download after somebody has unpacked it."""
    for name, contents in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    return folder


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("files, expected", [(MOODLE, MOODLE_READ), (CANVAS, CANVAS_READ)], ids=["moodle", "canvas"])
def test_a_download_is_recognised_and_read(tmp_path, read, files, expected, packed):
    """As the archive that it is, and unpacked."""
    if packed:
        path = tmp_path / "download.zip"
        path.write_bytes(zip_of(files))
    else:
        path = unpacked(tmp_path / "download", files)

    assert read(path) == expected


def test_students_are_known_by_their_numbers(tmp_path, students):
    """Moodle's and Canvas's own, which their gradebooks ask for."""
    assert [each.ident for each in students(unpacked(tmp_path / "moodle", MOODLE))] == [
        "1234567",
        "7",
        "8",
        "9",
        "11",
        "10",
    ]
    canvas = students(unpacked(tmp_path / "canvas", CANVAS))
    assert [each.ident for each in canvas] == ["anon_aB3x9", "12346", "12345", "12349", "12347", "12348"]


def test_two_students_of_one_name_are_told_apart(tmp_path, read):
    """By the number that the course system gave each."""
    files = {f"Ada_{number}_assignsubmission_file_/{FILE}": str(number) for number in (1, 2)}

    assert read(unpacked(tmp_path / "download", files)) == {"Ada (1)": b"1", "Ada (2)": b"2"}


def test_canvas_tells_the_attempt_and_that_it_was_late(tmp_path, students, exercise):
    """But not when: a mark alone takes no points."""
    found = {each.name: each.read(exercise) for each in students(unpacked(tmp_path / "download", CANVAS))}

    assert (found["lovelaceada"].attempt, found["lovelaceada"].remark) == (1, "")
    assert (found["byronbob"].attempt, found["byronbob"].handed_in) == (3, None)
    assert found["byronbob"].remark == "Canvas marks it as late, but does not say when it was handed in."


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Ada Lovelace_12_assignsubmission_file_", MoodleName("Ada Lovelace", "12", "file", "")),
        ("Ada Lovelace_12_assignsubmission_file", MoodleName("Ada Lovelace", "12", "file", "")),
        ("Ada_Lovelace_12_assignsubmission_file_x_y.py", MoodleName("Ada_Lovelace", "12", "file", "x_y.py")),
        ("Participant 3_3_assignsubmission_onlinetext_", MoodleName("Participant 3", "3", "onlinetext", "")),
        ("Default group_assignsubmission_file_", MoodleName("Default group", "", "file", "")),
        (
            "A_1_assignsubmission_file_B_2_assignsubmission_file_x",
            MoodleName("A", "1", "file", "B_2_assignsubmission_file_x"),
        ),
        ("Ada Lovelace_12", None),
        ("_12_assignsubmission_file_", MoodleName("_12", "", "file", "")),
        ("", None),
    ],
)
def test_moodle_names(text, expected):
    """The first mark counts: what follows it is the student's own."""
    assert moodle_name(text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("lovelaceada_1_2_x.py", CanvasName("lovelaceada", "1", False, "x.py", 1)),
        ("lovelaceada_LATE_1_2_x.py", CanvasName("lovelaceada", "1", True, "x.py", 1)),
        ("lovelaceada_1_2_x-1.py", CanvasName("lovelaceada", "1", False, "x.py", 2)),
        ("lovelaceada_1_2_x-12.tar.gz", CanvasName("lovelaceada", "1", False, "x.tar.gz", 13)),
        ("a_1_2_x-0f8fad5b-d9cb-469f-a165-70867728950e.py", CanvasName("a", "1", False, "x.py", None)),
        ("van_der_berg_1_2_x.py", CanvasName("van_der_berg", "1", False, "x.py", 1)),
        ("a_1_2_b_LATE_3_4_x.py", CanvasName("a", "1", False, "b_LATE_3_4_x.py", 1)),
        ("5_12_34_x.py", CanvasName("5", "12", False, "x.py", 1)),
        ("anon_x1y2z_34_x.py", CanvasName("anon_x1y2z", "anon_x1y2z", False, "x.py", 1)),
        ("LATE_anon_x1y2z_34_x.py", CanvasName("anon_x1y2z", "anon_x1y2z", True, "x.py", 1)),
        ("李雷_1_2_x.py", CanvasName("李雷", "1", False, "x.py", 1)),
        ("a_1_text.html", CanvasName("a", "1", False, "text", 1)),
        ("first_fetch.py", None),
        ("", None),
    ],
)
def test_canvas_names(text, expected):
    """The first numbers count: what follows them is the student's own."""
    assert canvas_name(text) == expected


NAMES = st.text(st.characters(exclude_categories=["C", "Lu", "Lt"], exclude_characters="_/\\"), min_size=1, max_size=12)
NUMBERS = st.integers(1, 10**12).map(str)
PLAIN_FILES = st.from_regex(r"[a-z][a-z0-9_ ]{0,20}\.(py|zip|tar\.gz)", fullmatch=True)


@given(NAMES, st.booleans(), NUMBERS, NUMBERS, PLAIN_FILES, st.integers(0, 99))
def test_what_canvas_writes_is_read_back(name, late, user, number, file, again):
    """Name, mark, number, file and attempt, whatever they are."""
    stem, dot, suffix = file.partition(".")
    shown = f"{stem}-{again}{dot}{suffix}" if again else file
    text = "_".join([name, *(["LATE"] if late else []), user, number, shown])

    assert canvas_name(text) == CanvasName(name, user, late, file, again + 1)


@given(NAMES, NUMBERS, st.sampled_from(["file", "onlinetext"]), st.text(max_size=20))
def test_what_moodle_writes_is_read_back(name, ident, plugin, rest):
    """In flat downloads, whatever the student called the file."""
    assert moodle_name(f"{name}_{ident}_assignsubmission_{plugin}_{rest}") == MoodleName(name, ident, plugin, rest)


@given(st.text())
def test_any_name_is_one_of_theirs_or_none(text):
    """No name raises an error, and none is read as longer than it is."""
    for parsed in (moodle_name(text), canvas_name(text)):
        assert parsed is None or parsed.name in text


NBGRADER = {
    f"ada/ps1/{FILE}": "ada",
    "ada/ps1/timestamp.txt": "2026-10-01 21:59:00.123456 UTC",
    "ada/ps1/ps1.ipynb": "{}",
    f"bob/ps1/12_bounded_downloads/{FILE}": "bob",
    "bob/ps1/timestamp.txt": "2026-10-01 23:59:00 +0200",
    "bob/ps2/timestamp.txt": "2026-10-09 23:59:00 UTC",
    f"eve/ps1/{FILE}": "eve",
    "eve/ps1/timestamp.txt": "yesterday",
}


@pytest.mark.parametrize("home", ["", "submitted/"])
def test_the_tree_of_nbgrader_is_read(tmp_path, read, students, exercise, home):
    """`submitted/`, or the course's folder; the time is that of the assignment in which the file lies."""
    files = {f"{home}{name}": contents for name, contents in NBGRADER.items()}
    folder = unpacked(tmp_path / "school", files | ({"nbgrader_config.py": ""} if home else {}))

    assert read(folder) == {"ada": b"ada", "bob": b"bob", "eve": b"eve"}
    found = {each.name: each.read(exercise) for each in students(folder)}
    assert found["ada"].handed_in == datetime(2026, 10, 1, 21, 59, 0, 123456, tzinfo=UTC)
    assert found["bob"].handed_in == datetime(2026, 10, 1, 21, 59, tzinfo=UTC)
    assert (found["eve"].handed_in, found["eve"].remark) == (None, "Its timestamp.txt holds no time.")


def test_the_same_file_twice_counts_from_the_first_time(tmp_path, students, exercise):
    """Handed in again unchanged, it is no later; handed in changed, there are two."""
    twice = {
        f"ada/ps1/{FILE}": "same",
        "ada/ps1/timestamp.txt": "2026-10-01 00:00:00 UTC",
        f"ada/ps2/{FILE}": "same",
        "ada/ps2/timestamp.txt": "2026-11-01 00:00:00 UTC",
    }
    (ada,) = students(unpacked(tmp_path / "submitted", twice))
    assert ada.read(exercise).handed_in == datetime(2026, 10, 1, tzinfo=UTC)

    unpacked(tmp_path / "submitted", {f"ada/ps2/{FILE}": "changed"})
    assert ada.read(exercise).problem == f"ps1/{FILE} and ps2/{FILE} differ; hand in one of them."


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2026-10-01 10:00:00 UTC", 10),
        ("2026-10-01 10:00:00.5 UTC", 10),
        ("2026-10-01T10:00:00+00:00", 10),
        ("2026-10-01 12:00:00 +0200", 10),
        ("2026-10-01 12:00:00 Europe/Berlin", 10),
        ("2026-10-01 10:00:00", 10),
        ("2026-10-01 10:00:00 Nowhere/Land", None),
        ("2026-10-01 10:00:00 ../../etc/passwd", None),
        ("9999-12-31 23:59:59 -2359", None),
        ("soon", None),
        ("", None),
    ],
)
def test_timestamps_of_nbgrader(text, expected):
    """With an offset, the name of a zone, or nothing, which is UTC."""
    time = parsed_timestamp(text)

    assert (time and time.hour) == expected
    assert time is None or time.tzinfo is UTC


@given(st.text() | st.datetimes().map(str))
def test_any_timestamp_is_a_time_or_none(text):
    """No text raises an error."""
    time = parsed_timestamp(text)

    assert time is None or time.tzinfo is UTC
