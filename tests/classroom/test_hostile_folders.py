"""Whatever a student's folder holds, it is read, or refused in one sentence, and the rest of the class is graded."""

import os
import re
import socket
import sys
import threading
import unicodedata
from urllib.parse import unquote

import pytest

from grader.classroom.folders import MAX_BYTES, RefusedError, read_source
from grader.classroom.grade import grade
from grader.classroom.pool import on_benches
from grader.classroom.publish import page_names
from grader.classroom.sources import Source
from grader.judge.bench import Bench

FILE = "bounded_downloads.py"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs links, pipes and devices")


@pytest.fixture
def exercise(course_builder):
    course_builder.add("12_bounded_downloads")
    return course_builder.load().find("12")


@pytest.fixture
def eve(tmp_path):
    """Eve's folder, beside a file that is none of hers."""
    (tmp_path / "secret.py").write_text("SECRET = 1\n")
    folder = tmp_path / "class" / "eve"
    folder.mkdir(parents=True)
    return folder


def problem(folder, exercise):
    """The sentence about what lies in `folder`, empty where it is read."""
    with Source(folder.parent, "folders").students() as students:
        (submission,) = [student.read(exercise) for student in students if student.name == folder.name]
    assert (submission.source is None) == bool(submission.problem)
    return submission.problem


def dangling(path):
    path.symlink_to("nowhere")


def itself(path):
    path.symlink_to(path.name)


def named_socket(path):
    with socket.socket(socket.AF_UNIX) as sock:
        home = os.getcwd()
        os.chdir(path.parent)
        sock.bind(path.name)
        os.chdir(home)


def device(path):
    try:
        os.mknod(path, 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")


def sparse(path):
    with path.open("wb") as file:
        file.truncate(2**40)


ODD = {
    "a link to another file": (
        lambda path: path.symlink_to("../../secret.py"),
        "is a symbolic link; hand in the file itself.",
    ),
    "a link to the suite": (
        lambda path: path.symlink_to("/etc/passwd"),
        "is a symbolic link; hand in the file itself.",
    ),
    "a link to nothing": (dangling, "is a symbolic link; hand in the file itself."),
    "a link to itself": (itself, "is a symbolic link; hand in the file itself."),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "is a symbolic link; hand in the file itself."),
    "a hard link": (
        lambda path: os.link(path.parents[2] / "secret.py", path),
        "is a hard link; hand in a copy of the file.",
    ),
    "a pipe": (os.mkfifo, "is not a regular file."),
    "a socket": (named_socket, "is not a regular file."),
    "a device": (device, "is not a regular file."),
    "a folder": (os.mkdir, "is not a regular file."),
    "a terabyte of nothing": (sparse, "is larger than 256 KiB."),
    "one byte too many": (lambda path: path.write_bytes(b"#" * (MAX_BYTES + 1)), "is larger than 256 KiB."),
    "a compiled file": (lambda path: path.write_bytes(b"\xa7\r\r\n\x00\x00\x00\x00"), "is not UTF-8 text (line 1)."),
    "NUL bytes": (lambda path: path.write_bytes(b"x = 1\n\0\n"), "holds a NUL byte (line 2)."),
    "UTF-16": (lambda path: path.write_text("x = 1", "utf-16"), "is not UTF-8 text (line 1)."),
    "half of a surrogate pair": (lambda path: path.write_bytes(b"'\xed\xa0\x80'"), "is not UTF-8 text (line 1)."),
    "UTF-7": (lambda path: path.write_bytes(b"# coding: utf-7\n+AHg-"), "says that it is not UTF-8 text (utf-7)."),
    "hexadecimal": (
        lambda path: path.write_bytes(b"\n# -*- coding: hex -*-\n"),
        "says that it is not UTF-8 text (hex).",
    ),
    "an encoding after a lone CR": (
        lambda path: path.write_bytes(b"#\r# coding=rot13\rcebqhpg"),
        "says that it is not UTF-8 text (rot13).",
    ),
}


@pytest.mark.parametrize("case", list(ODD))
def test_what_is_no_source_is_refused_in_one_sentence(eve, exercise, case):
    """Links, devices, pipes, sockets, folders, sizes and encodings: each is named, and nothing is waited for."""
    make, sentence = ODD[case]
    make(eve / FILE)

    assert problem(eve, exercise) == f"{FILE} {sentence}"


@pytest.mark.parametrize(
    "source", [b"\xef\xbb\xbfx = 1\n", b"x = 1\ry = 2\r", b"# coding: UTF-8\nx = 1", b"# coding: utf_8_sig\n", b""]
)
def test_what_editors_write_is_read(eve, exercise, source):
    """A byte order mark, old line ends and a declaration of UTF-8 are no faults."""
    (eve / FILE).write_bytes(source)

    assert problem(eve, exercise) == ""


@pytest.mark.parametrize("place", ["12_bounded_downloads", "exercises", "exercises/12_bounded_downloads"])
def test_no_folder_on_the_way_is_a_link(eve, exercise, tmp_path, place):
    """A link anywhere on the way to the file is not followed, wherever it leads."""
    elsewhere = tmp_path / "solutions" / "12_bounded_downloads"
    elsewhere.mkdir(parents=True)
    (elsewhere / FILE).write_text("SECRET = 1\n")
    (eve / place).parent.mkdir(parents=True, exist_ok=True)
    (eve / place).symlink_to(elsewhere.parent if place == "exercises" else elsewhere)

    assert problem(eve, exercise) == f"{place} is a symbolic link; hand in the file itself."


@pytest.mark.parametrize("place", ["../secret.py", "/etc/passwd", "a/../../secret.py", "", ".", "a/./b", "a\0b"])
def test_no_way_leads_out_of_the_folder(eve, place):
    """Parents, absolute paths and odd parts are refused or do not exist, whoever asks."""
    with pytest.raises((RefusedError, FileNotFoundError)):
        read_source(eve, place)


def test_a_folder_that_is_exchanged_meanwhile_shows_nothing_else(eve, tmp_path):
    """While a folder on the way is swapped for a link again and again, only the student's own file is ever read."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / FILE).write_text("SECRET")
    (eve / "real").mkdir()
    (eve / "real" / FILE).write_text("mine")
    way, stop = eve / "way", threading.Event()

    def swap():
        while not stop.is_set():
            os.rename(eve / "real", way)
            os.rename(way, eve / "real")
            os.symlink(secret, way)
            os.unlink(way)

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        seen = set()
        for _ in range(5000):
            try:
                seen.add(read_source(eve, f"way/{FILE}"))
            except (FileNotFoundError, RefusedError):
                continue
    finally:
        stop.set()
        swapper.join()

    assert seen <= {b"mine"}


HOSTILE_FILES = [
    "bounded_downloads.py\n",
    "-rf",
    "$(touch left_behind)",
    "a\x1b[2J.py",
    "\u202eyp.sdaolnwod",
    "x" * 255,
    "BOUNDED_DOWNLOADS.PY",
    "__init__.py",
    "conftest.py",
    "pytest.ini",
    "sitecustomize.py",
    "json.py",
    "CON",
    "a\\b.py",
]


@pytest.mark.parametrize("name", HOSTILE_FILES, ids=ascii)
def test_other_files_change_nothing_and_are_shown_escaped(eve, exercise, name):
    """Files that nobody asked for are not read; where one is named, its name is one printable line."""
    (eve / name).write_text("raise SystemExit\n")
    (eve / os.fsdecode(b"\xff\xfe.py")).write_text("")

    assert re.fullmatch(r"(Found|No file was handed in).*\.", problem(eve, exercise))
    assert problem(eve, exercise).isprintable()

    (eve / FILE).write_text("x = 1\n")
    assert problem(eve, exercise) == ""


def test_a_flood_of_files_is_not_searched_to_its_end(eve, exercise):
    """Ten thousand files and a hundred folders in each other cost no more than a few."""
    for number in range(5000):
        (eve / f"{number}.txt").touch()
    deep = eve
    for _ in range(100):
        deep = deep / "d"
        deep.mkdir()
    (deep / FILE).touch()

    assert problem(eve, exercise).startswith("No file was handed in")


# -- names of students ------------------------------------------------------------------------------------------

NAMES = [
    "ada",
    "Ada",
    "ADA",
    "李雷",
    "José",
    unicodedata.normalize("NFD", "José"),
    "-rf",
    "--help",
    "$(reboot)",
    "`id`",
    "a b",
    "eve\x1b[31m",
    "eve\\x1b[31m",
    "eve\n",
    "eve\\n",
    "\u202eeve",
    "\u200beve",
    "=1+1",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "a#b",
    "a?b",
    "a%2e%2e%2fb",
    "a&b",
    "..a",
    "x" * 255,
    "x" * 254 + "y",
    "等" * 85,
    "\x1b" * 255,
    "CON",
    "nul.txt",
    "a.",
    "a ",
    "a:b",
    "a|b",
    "index",
    "::error::x",
    "##[error]x",
    "{{ 7*7 }}",
    "\\",
    "ada-3f2a",
    "'; DROP TABLE students; --",
]
NAMES_OF_BYTES = [b"\xff\xfe", b"eve\xff", b"eve\x80"]


@pytest.fixture
def class_(tmp_path):
    """A class of students with every kind of name, each of whom has solved the exercise."""
    folder = tmp_path / "class"
    folder.mkdir()
    for name in [*NAMES, *map(os.fsdecode, NAMES_OF_BYTES)]:
        try:
            (folder / name).mkdir()
        except OSError:
            continue
        (folder / name / FILE).write_text("")
    (folder / "mallory").mkdir()
    os.mkfifo(folder / "mallory" / FILE)
    (folder / "link").symlink_to("ada")
    return folder


def test_every_student_has_a_page_of_their_own(class_, course_builder, exercise, fake_bench, tmp_path):
    """Whatever the names, no page leaves the folder or takes another's place, and each link leads to its page."""
    out = tmp_path / "out"
    result = grade(course_builder.load(), class_, out, judges=on_benches(fake_bench, 1), walls="none")

    names = [student.student for student in result.students]
    assert len(names) == len(set(names)) == len(os.listdir(class_)) - sum(n.startswith(".") for n in os.listdir(class_))
    assert all(name.isprintable() for name in names)
    pages = {path.name for path in (out / "students").iterdir()}
    assert len(pages) == len({page.casefold() for page in pages}) == len(names)
    written = {path.name for path in out.iterdir() if not path.name.startswith(".")}
    assert written == {"exercises", "index.html", "ledger.sqlite", "results.json", "scores.csv", "students"}
    index = (out / "index.html").read_text("utf-8")
    links = {unquote(link).partition("#")[0] for link in re.findall(r'<a href="(students/[^"]*)"', index)}
    assert links == {f"students/{page}" for page in pages}
    assert index.count("<script") == 1
    assert "<img" not in index
    marks = {student.student: student.earned for student in result.students}
    assert (marks.pop("mallory"), marks.pop("link")) == (0, 0)
    assert set(marks.values()) == {10.0}


def test_page_names_are_plain_and_never_clash():
    """The pages' names need no quoting, and differ even where a file system ignores case."""
    pages = page_names([*NAMES, "eve-" + "0" * 12, "x-", "X-"])

    assert len({page.casefold() for page in pages.values()}) == len(pages)
    assert pages["ada"] != pages["Ada"]
    assert pages["李雷"] == "李雷.html"
    for page in pages.values():
        assert len(page.encode()) < 250
        assert page[0].isalnum()
        assert not re.search(r'[\x00-\x1f<>:"/\\|?*]|[. ]\.html$', page)


def test_a_planted_pycache_is_not_run(course_builder, exercise, eve, tmp_path):
    """What is judged is the source: compiled files and modules beside it are neither read nor imported."""
    course_builder.add("12_bounded_downloads")
    suite = course_builder.root / "tests" / "hidden" / "12_bounded_downloads" / "test_hidden.py"
    suite.write_text(
        "import pytest\n\n@pytest.mark.correctness\nasync def test_answer(student):\n"
        '    """It answers."""\n    assert await student.answer() == 42\n'
    )
    for name in ("conftest.py", "json.py", "pytest.py", "sitecustomize.py", "__init__.py", "setup.py"):
        (eve / name).write_text("raise SystemExit(0)\n")
    (eve / "pytest.ini").write_text("[pytest]\naddopts = --co\n")
    (eve / "__pycache__").mkdir()
    (eve / "__pycache__" / f"bounded_downloads.{sys.implementation.cache_tag}.pyc").write_bytes(b"\0" * 64)
    (eve / FILE).write_bytes(b"\xef\xbb\xbfasync def answer():\r    return 42\r")

    result = grade(
        course_builder.load(),
        eve.parent,
        tmp_path / "out",
        judges=on_benches(lambda: Bench(course_builder.root), 1),
        walls="none",
    )

    assert [(student.student, student.earned) for student in result.students] == [("eve", 10.0)], (
        result.students[0].exercises[0].tests[0].cause
    )
