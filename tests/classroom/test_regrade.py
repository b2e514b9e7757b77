"""Claims about the ledger's commands: grading goes on where it stopped, explain, adjust."""

import csv
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

import grader.cli
from grader.classroom.grade import grade
from grader.classroom.pool import on_benches
from grader.records.results import ClassResult

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "sample_class"


@pytest.fixture
def course(course_builder):
    course_builder.add("01_first_await")
    course_builder.add("12_bounded_downloads")
    return course_builder.load()


@pytest.fixture
def submissions(tmp_path, write_file):
    folder = tmp_path / "class"
    write_file(folder, "ada/first_await.py", "# ada")
    write_file(folder, "ada/bounded_downloads.py", "# ada")
    write_file(folder, "bob/bounded_downloads.py", "# fails: test_downloads_overlap")
    return folder


def run(course, submissions, out, fake_bench, **options):
    return grade(course, submissions, out, judges=on_benches(fake_bench, 2), walls="none", **options)


def judged(fake_bench):
    """The exercise and source of each job that was judged since last asked."""
    jobs = [(job.exercise, job.source) for bench in fake_bench.opened for job in bench.judged]
    fake_bench.opened.clear()
    return sorted(jobs)


def test_nothing_is_judged_twice(course, submissions, fake_bench, tmp_path, write_file):
    """A second grading judges what is new: a changed file, and the exercise whose suite has changed."""
    out = tmp_path / "out"
    first = run(course, submissions, out, fake_bench)
    assert len(judged(fake_bench)) == 3

    again = run(course, submissions, out, fake_bench)
    assert judged(fake_bench) == []
    assert again.students == first.students

    write_file(submissions, "bob/bounded_downloads.py", "# better")
    assert run(course, submissions, out, fake_bench).students[1].score == 10.0
    assert judged(fake_bench) == [("12_bounded_downloads", b"# better")]

    (course.find("12").hidden_suite / "test_hidden.py").write_text("# another suite\n")
    run(course, submissions, out, fake_bench)
    assert [exercise for exercise, _ in judged(fake_bench)] == ["12_bounded_downloads"] * 2

    run(course, submissions, out, fake_bench, input_seed=1)
    assert len(judged(fake_bench)) == 3


def test_what_the_grader_failed_to_judge_is_judged_again(course, submissions, fake_bench, tmp_path, write_file):
    """A failure of the grader's own is no verdict."""
    write_file(submissions, "bob/bounded_downloads.py", "# breaks the bench")
    run(course, submissions, tmp_path / "out", fake_bench)
    fake_bench.opened.clear()

    run(course, submissions, tmp_path / "out", fake_bench)

    # Twice, because each failure is tried once more.
    assert judged(fake_bench) == [("12_bounded_downloads", b"# breaks the bench")] * 2


def test_pages_that_would_say_the_same_are_left_alone(course, submissions, fake_bench, tmp_path, write_file):
    """A thousand pages are not drawn again for one changed file."""
    out = tmp_path / "out"
    run(course, submissions, out, fake_bench)
    before = {path: path.stat().st_mtime_ns for path in (out / "students").iterdir()}
    write_file(submissions, "bob/bounded_downloads.py", "# better")

    run(course, submissions, out, fake_bench)

    changed = {path.name for path in before if path.stat().st_mtime_ns != before[path]}
    assert changed == {"bob.html"}


def test_pages_of_who_left_are_deleted(course, submissions, fake_bench, tmp_path):
    """And nothing else is: neither what somebody put there, nor what a list that was tampered with names."""
    out = tmp_path / "out"
    run(course, submissions, out, fake_bench)
    (out / "students" / "notes.html").write_text("of the instructor")
    (tmp_path / "precious.html").write_text("of somebody")
    said = msgspec.json.decode((out / ".pages.json").read_bytes())
    (out / ".pages.json").write_bytes(
        msgspec.json.encode({**said, "students/../../precious.html": "", "scores.csv": ""})
    )
    shutil.rmtree(submissions / "bob")

    run(course, submissions, out, fake_bench, exercises=course.exercises[:1])

    assert {path.name for path in (out / "students").iterdir()} == {"ada.html", "notes.html"}
    assert len(list((out / "exercises").iterdir())) == 1
    assert (tmp_path / "precious.html").exists()
    assert (out / "scores.csv").exists()


def test_another_level_of_feedback_draws_every_students_page_again(course, submissions, fake_bench, tmp_path):
    """And nothing is judged again; the instructor's own pages say what they said."""
    out = tmp_path / "out"
    run(course, submissions, out, fake_bench)
    judged(fake_bench)
    assert "<code>test_downloads_overlap</code>" in (out / "students" / "bob.html").read_text()
    of_the_class = (out / "exercises" / "12_bounded_downloads.html").read_bytes()
    assert b"test_downloads_overlap" in of_the_class

    run(course, submissions, out, fake_bench, feedback="sentences")

    assert judged(fake_bench) == []
    for page in (out / "students").iterdir():
        assert "<code>test_" not in page.read_text()
        assert "This page tells the sentence of each test and how it ended." in page.read_text()
    assert (out / "exercises" / "12_bounded_downloads.html").read_bytes() == of_the_class


def test_an_adjustment_counts_and_is_shown_apart(course, submissions, fake_bench, tmp_path):
    """What the tests gave stays as it is; the reason stands in the pages and tables."""
    out = tmp_path / "out"
    run(course, submissions, out, fake_bench)
    command = ["adjust", str(out), "bob", "12", "1.5", "--reason", "unclear statement", "--by", "Ng"]
    done = CliRunner().invoke(grader.cli.main, [*command, "--course", str(course.root)])
    assert (done.exit_code, done.output.splitlines()[0][:8]) == (0, "Entered.")

    result = run(course, submissions, out, fake_bench).students[1].exercises[1]

    assert (result.earned, result.adjustment, result.score) == (6.0, 1.5, 7.5)
    assert result.adjusted == ("+1.5 by Ng: unclear statement",)
    assert "Adjusted by hand: +1.5 by Ng: unclear statement" in (out / "students" / "bob.html").read_text()
    rows = list(csv.DictReader((out / "scores.csv").open(newline="")))
    assert [row["adjusted"] for row in rows if row["student"] == "bob"] == ["", "'+1.5 by Ng: unclear statement"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["adjust", "{out}", "eve", "12", "1", "--reason", "r"], "eve has handed in nothing for 12_bounded_downloads"),
        (["adjust", "{out}", "bob", "12", "0", "--reason", "r"], "An adjustment is a number of points other than 0"),
        (["adjust", "{out}", "bob", "12", "nan", "--reason", "r"], "An adjustment is a number of points other than 0"),
        (["adjust", "{out}", "bob", "12", "1", "--reason", " "], "other than 0, with a reason."),
        (["adjust", "{tmp}", "bob", "12", "1", "--reason", "r"], "holds no ledger.sqlite: name the folder of a"),
        (["explain", "{out}", "eve", "12"], "knows nothing of 'eve' in 12_bounded_downloads: is the name right?"),
        (["explain", "{out}", "bob", "1"], "bob has 0 points in 01_first_await. No file was handed in"),
        (["explain", "{out}", "bob", "99"], "There is no exercise '99'"),
    ],
)
def test_what_the_ledger_does_not_know_is_one_sentence(course, submissions, fake_bench, tmp_path, arguments, sentence):
    """Exit status 2, and nothing is entered."""
    out = tmp_path / "out"
    run(course, submissions, out, fake_bench)
    filled = [argument.format(out=out, tmp=tmp_path) for argument in arguments]

    done = CliRunner().invoke(grader.cli.main, [*filled, "--course", str(course.root)])

    assert done.exit_code == 2
    assert sentence in done.output
    assert done.output.count("\n") == 1


def test_a_score_is_explained_and_replayed(sample_results):
    """Each test with its points, the fault of what failed, and a second run that goes exactly the same way."""
    out = sample_results
    done = CliRunner().invoke(grader.cli.main, ["explain", str(out), "chen", "12", "--course", str(ROOT)])
    again = CliRunner().invoke(grader.cli.main, ["explain", str(out), "chen", "12", "--replay", "--course", str(ROOT)])

    (chen,) = [
        student
        for student in msgspec.json.decode((out / "results.json").read_bytes(), type=ClassResult).students
        if student.student == "chen"
    ]
    (result,) = [result for result in chen.exercises if result.exercise == "12_bounded_downloads"]
    lines = done.output.splitlines()
    assert lines[0] == f"12_bounded_downloads: {result.score:g} of 10 points"
    for test in result.tests:
        assert test.sentence in done.output
        assert f"{test.name}" in done.output
        assert test.trace_digest[:16] in done.output
    assert lines[-1] == f"To judge the same source again: grader explain {out} chen 12 --replay"
    assert again.output.splitlines()[-1] == (f"Judged again: all {len(result.tests)} tests went exactly the same way.")


@pytest.mark.parametrize("after", [0.7, 1.6, 2.8])
def test_a_grading_that_is_killed_goes_on_where_it_stopped(tmp_path, after):
    """Whenever it is killed; what it has judged is not judged again, and the results are those of a quiet run."""
    from grader.classroom.ledger import Ledger

    out, quiet = tmp_path / "out", tmp_path / "quiet"
    command = [sys.executable, "-m", "grader", "grade", str(SAMPLE), "--exercise", "2", "--exercise", "5", "--workers"]
    killed = subprocess.Popen([*command, "1", "--out", str(out)], cwd=ROOT, stdout=subprocess.DEVNULL)
    time.sleep(after)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    done = subprocess.run([*command, "2", "--out", str(out)], cwd=ROOT, check=True, capture_output=True, text=True)
    subprocess.run([*command, "2", "--out", str(quiet)], cwd=ROOT, check=True, capture_output=True, text=True)

    assert "The pages are in" in done.stdout
    assert (out / "scores.csv").read_bytes() == (quiet / "scores.csv").read_bytes()
    with Ledger(out / "ledger.sqlite") as one, Ledger(quiet / "ledger.sqlite") as other:
        for name in one.students():
            assert one.entries(name) == other.entries(name)
