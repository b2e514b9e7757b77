"""Claims about grading a class."""

import csv
import json

import msgspec
import pytest

from grader.classroom.grade import Unwatched, grade
from grader.classroom.pool import on_benches
from grader.classroom.submissions import SubmissionsError
from grader.records.results import ClassResult


class Recorder(Unwatched):
    """Remembers what it was told."""

    def __init__(self):
        self.total = None
        self.done = 0
        self.students = []

    def begins(self, submissions):
        self.total = submissions

    def judged(self, *, failed):
        self.done += 1

    def finished(self, student):
        self.students.append((student.student, student.earned))


@pytest.fixture
def course(course_builder):
    course_builder.add("01_first_await")
    course_builder.add("12_bounded_downloads")
    return course_builder.load()


@pytest.fixture
def submissions(tmp_path, write_file):
    """Ada solves both, Bob one and a part of the other, Eve hands in nothing."""
    folder = tmp_path / "class"
    write_file(folder, "ada/first_await.py", "")
    write_file(folder, "ada/bounded_downloads.py", "")
    write_file(folder, "bob/01_first_await/first_await.py", "")
    write_file(folder, "bob/12_bounded_downloads/bounded_downloads.py", "# fails: test_downloads_overlap")
    (folder / "eve").mkdir()
    return folder


def run(course, submissions, out, fake_bench, **options):
    return grade(course, submissions, out, judges=on_benches(fake_bench, 2), walls="none", **options)


def test_an_exercise_that_nobody_handed_in_is_left_out(course, course_builder, submissions, fake_bench, tmp_path):
    """It has not been set; named, it is graded all the same, and a file in the wrong place counts as handed in."""
    course_builder.add("20_thread_bridge")
    course = course_builder.load()

    usual = run(course, submissions, tmp_path / "out", fake_bench)
    named = run(course, submissions, tmp_path / "named", fake_bench, exercises=course.exercises)

    assert [each.exercise for each in usual.students[0].exercises] == ["01_first_await", "12_bounded_downloads"]
    assert [len(student.exercises) for student in named.students] == [3, 3, 3]

    misplaced = submissions / "eve" / "deep" / "thread_bridge.py"
    misplaced.parent.mkdir()
    misplaced.write_text("")
    assert len(run(course, submissions, tmp_path / "again", fake_bench).students[0].exercises) == 3


def test_an_archive_that_is_refused_sets_no_exercise(course, submissions, fake_bench, tmp_path):
    """A student cannot make the course longer for the class with an archive that holds nothing to read."""
    (submissions / "bob" / "12_bounded_downloads" / "bounded_downloads.py").unlink()
    (submissions / "ada" / "bounded_downloads.py").unlink()
    (submissions / "eve" / "homework.zip").write_bytes(b"PK\x05\x06")

    ada, _, eve = run(course, submissions, tmp_path / "out", fake_bench).students

    assert [each.exercise for each in ada.exercises] == ["01_first_await"]
    assert [each.problem for each in eve.exercises] == [
        "homework.zip is not read: it is damaged, or no zip or tar archive."
    ]


def test_a_class_is_graded(course, submissions, fake_bench, tmp_path):
    """Each student has a result for each exercise, in order."""
    watcher = Recorder()

    result = run(course, submissions, tmp_path / "out", fake_bench, watcher=watcher)

    assert [(student.student, student.earned, student.points) for student in result.students] == [
        ("ada", 20.0, 20.0),
        ("bob", 16.0, 20.0),
        ("eve", 0.0, 20.0),
    ]
    assert [exercise.exercise for exercise in result.students[2].exercises] == [
        "01_first_await",
        "12_bounded_downloads",
    ]
    assert result.students[2].exercises[0].problem.startswith("No file was handed in")
    assert result.machine.walls == "none"
    # What two students have handed in alike is judged once.
    assert (watcher.total, watcher.done) == (3, 3)
    assert sorted(watcher.students) == [("ada", 20.0), ("bob", 16.0)]


def test_results_are_written(course, submissions, fake_bench, tmp_path):
    """JSON that reads back as the result, a CSV, a page for each student and an index."""
    out = tmp_path / "deep" / "out"

    result = run(course, submissions, out, fake_bench)

    written = msgspec.json.decode((out / "results.json").read_bytes(), type=ClassResult)
    assert [(student.student, student.earned) for student in written.students] == [
        (student.student, student.earned) for student in result.students
    ]
    assert (written.machine, written.input_seed, written.format) == (result.machine, result.input_seed, result.format)
    assert {path.relative_to(out).as_posix() for path in out.rglob("*")} == {
        ".pages.json",
        "exercises",
        "exercises/01_first_await.html",
        "exercises/12_bounded_downloads.html",
        "index.html",
        "ledger.sqlite",
        "results.json",
        "scores.csv",
        "students",
        "students/ada.html",
        "students/bob.html",
        "students/eve.html",
    }
    assert len(list(csv.reader((out / "scores.csv").open(encoding="utf-8-sig", newline="")))) >= 4
    assert "students/bob.html" in (out / "index.html").read_text("utf-8")


def test_two_gradings_differ_only_in_time_and_machine(course, submissions, fake_bench, tmp_path):
    """What is real time lies in two fields, and everything else is the same in each run."""

    def stable(out):
        run(course, submissions, out, fake_bench)
        read = json.loads((out / "results.json").read_text("utf-8"))
        del read["machine"]
        for student in read["students"]:
            for exercise in student["exercises"]:
                del exercise["real_seconds"]
        return read, (out / "scores.csv").read_bytes()

    assert stable(tmp_path / "one") == stable(tmp_path / "two")


def test_a_grader_error_is_not_charged_as_an_answer(course, submissions, fake_bench, tmp_path, write_file):
    """Every test of that submission is a grader error, with the tests that others were judged by."""
    write_file(submissions, "eve/bounded_downloads.py", "# breaks the bench")

    _, _, eve = run(course, submissions, tmp_path / "out", fake_bench).students
    broken = eve.exercises[1]

    assert broken.problem == "The grader failed, not the submission: The bench's worker died."
    assert [(test.name, test.ending, test.points) for test in broken.tests] == [
        ("test_returns_results", "grader error", 4.0),
        ("test_downloads_overlap", "grader error", 4.0),
        ("test_leaves_nothing_running", "grader error", 2.0),
    ]


def test_one_exercise_can_be_graded(course, submissions, fake_bench, tmp_path):
    """Only what was named is judged."""
    result = run(course, submissions, tmp_path / "out", fake_bench, exercises=[course.find("12")])

    assert [student.points for student in result.students] == [10.0, 10.0, 10.0]


def test_results_are_never_written_among_submissions(course, submissions, fake_bench):
    """They would be graded as a student's the next time."""
    with pytest.raises(SubmissionsError, match="they would be taken for a student's folder"):
        run(course, submissions, submissions / "results", fake_bench)
    assert fake_bench.opened == []


def test_a_course_without_hidden_suite_grades_nobody(course, submissions, fake_bench, tmp_path):
    """A missing suite is found before anything is judged."""
    (course.find("12").hidden_suite / "test_hidden.py").unlink()
    course.find("12").hidden_suite.rmdir()

    with pytest.raises(SubmissionsError, match="tests/hidden/12_bounded_downloads is missing"):
        run(course, submissions, tmp_path / "out", fake_bench)
