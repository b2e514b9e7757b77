"""Results of files in nbgrader's gradebook: read back by nbgrader's own API and its export."""

from __future__ import annotations

import csv
import os
import re
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import psycopg
import pytest
import sqlalchemy as sql
from click.testing import CliRunner
from nbgrader.api import Gradebook

from grader.classroom.entries import Entry, digest_of
from grader.classroom.ledger import Ledger
from grader.cli import main
from grader.notebooks.cells import NotebooksError
from grader.notebooks.gradebook import write_gradebook
from grader.notebooks.graded import write_graded
from grader.records.results import ClassResult, ExerciseResult, Machine, StudentResult
from grader.rubric import score, total
from tests.classroom.test_ledger import postgresql  # noqa: F401
from tests.conftest import COURSE_TOML, SUITE, outcome, write
from tests.notebooks.classroom import run

NOON = datetime(2026, 10, 1, 12, tzinfo=timezone(timedelta(hours=2)))
LATE = '\n[late]\nrule = "per-day"\nrate = 0.1\n\n[late.deadlines]\nbasics = 2026-10-01T12:00:00+02:00\n'


@pytest.fixture
def course(course_builder):
    """Two tracks: `basics` with two exercises and a deadline, `later` with one and none."""
    tracks = '\n[[tracks]]\nslug = "later"\ntitle = "Later"\n'
    write(course_builder.root, "exercises/course.toml", COURSE_TOML + tracks + LATE)
    course_builder.add("01_first")
    course_builder.add("02_second")
    course_builder.add("03_third", 'title = "Third"\ntrack = "later"\npoints = 10\n')
    return course_builder.load()


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request, tmp_path):
    """A database of each kind, in which there is nothing yet."""
    if request.param == "sqlite":
        return str(tmp_path / "gradebook.db")
    url = request.getfixturevalue("postgresql")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS nbgrader")
        connection.execute("CREATE DATABASE nbgrader")
    return url.replace("/course?", "/nbgrader?")


def opened(db):
    return Gradebook(f"sqlite:///{db}" if "://" not in db else db.replace("postgresql:", "postgresql+psycopg:"))


def exercise(name, fails=(), **more):
    """The result of a submission that fails some tests."""
    tests = score([outcome(*test, "rejected" if test[0] in fails else "passed") for test in SUITE], 10.0)
    earned = total(test.earned for test in tests)
    return ExerciseResult(name, name, 10.0, earned, tests, **{"source_digest": "d", "handed_in": NOON, **more})


def absent(name):
    return ExerciseResult(name, name, 10.0, 0.0, problem="No file was handed in.")


def results(*students):
    return tuple(StudentResult(name, tuple(exercises), ident) for name, ident, *exercises in students)


def the_class():
    return results(
        ("ada", "4711", exercise("01_first"), exercise("02_second"), exercise("03_third")),
        (
            "bob",
            "",
            exercise("01_first", ["test_downloads_overlap"], penalty=0.6, late="Handed in 1 h after the deadline."),
            exercise("02_second", handed_in=NOON + timedelta(hours=1), adjustment=-2.5, adjusted=("Copied. (Mei)",)),
            absent("03_third"),
        ),
        ("eve", "", absent("01_first"), absent("02_second"), absent("03_third")),
    )


def test_students_assignments_and_graded_cells_are_there(course, db):
    """A track is an assignment, an exercise a notebook, a dimension a cell; numbers of course systems are kept."""
    written = write_gradebook(the_class(), db, course, course_id="async101")

    assert (written.students, written.assignments, written.left_out) == (3, ("basics", "later"), ())
    with opened(db) as gradebook:
        assert {each.id: each.lms_user_id for each in gradebook.students} == {"ada": "4711", "bob": None, "eve": None}
        basics = gradebook.find_assignment("basics")
        assert [each.name for each in basics.notebooks] == ["01_first", "02_second"]
        assert basics.course_id == "async101"
        assert basics.duedate == NOON.astimezone(UTC).replace(tzinfo=None)
        assert gradebook.find_assignment("later").duedate is None
        cells = {each.name: each.max_score for each in gradebook.find_notebook("01_first", "basics").grade_cells}
        assert cells == {"examples": 0.0, "correctness": 4.0, "concurrency": 4.0, "cancellation": 2.0}
        assert basics.max_score == 20.0


def test_scores_penalties_and_adjustments_are_those_of_the_results(course, db):
    """nbgrader's own sums come to the points that count."""
    write_gradebook(the_class(), db, course)

    with opened(db) as gradebook:
        mine = {each.name: each for each in gradebook.find_submission("basics", "bob").notebooks}
        assert {each.name: each.auto_score for each in mine["01_first"].grades} == {
            "examples": 0.0,
            "correctness": 4.0,
            "concurrency": 0.0,
            "cancellation": 2.0,
        }
        assert (mine["01_first"].score, mine["01_first"].late_submission_penalty) == (6.0, 0.6)
        assert (mine["02_second"].score, mine["02_second"].late_submission_penalty) == (7.5, None)
        assert not mine["01_first"].needs_manual_grade
        submission = gradebook.find_submission("basics", "bob")
        assert submission.timestamp == datetime(2026, 10, 1, 11)
        assert submission.total_seconds_late == 3600
        assert sorted((each.assignment.name, each.student.id) for each in gradebook.db.query(type(submission))) == [
            ("basics", "ada"),
            ("basics", "bob"),
            ("later", "ada"),
        ]


def test_a_comment_says_what_went_wrong(course, db):
    """Sentences of failed tests, lateness and what was adjusted by hand; nothing where all is well."""
    write_gradebook(the_class(), db, course)

    with opened(db) as gradebook:
        said = [
            gradebook.find_comment("solution", name, "basics", student).comment
            for student, name in (("ada", "01_first"), ("bob", "01_first"), ("bob", "02_second"))
        ]
    assert said == [
        None,
        "- The claim of test_downloads_overlap. (rejected)\n- Handed in 1 h after the deadline.",
        "- Adjusted by hand: Copied. (Mei)",
    ]


def test_a_comment_tells_no_more_than_is_asked_for(course, tmp_path):
    """At `sentences` there is no cause, and at `score` no sentence."""
    db = str(tmp_path / "gradebook.db")
    tests = score([msgspec.structs.replace(outcome(*SUITE[0], "rejected"), cause="It was 42.")], 10.0)
    made = results(("bob", "", ExerciseResult("01_first", "First", 10.0, 0.0, tests, source_digest="d")))
    said = []
    for feedback in ("full", "sentences", "score"):
        write_gradebook(made, db, course, feedback=feedback)
        with opened(db) as gradebook:
            said.append(gradebook.find_comment("solution", "01_first", "basics", "bob").comment)

    sentence = "- The claim of test_returns_results. (rejected)"
    assert said == [f"{sentence} It was 42.", sentence, None]


def everything(db):
    """All rows of all tables."""
    with opened(db) as gradebook, gradebook.engine.connect() as connection:
        tables = sql.MetaData()
        tables.reflect(connection)
        return {name: sorted(map(repr, connection.execute(sql.select(table)))) for name, table in tables.tables.items()}


def test_written_again_nothing_changes(course, db):
    """The same results leave every row as it was."""
    write_gradebook(the_class(), db, course)
    before = everything(db)
    write_gradebook(the_class(), db, course)

    assert everything(db) == before
    assert len(before["grade"]) == 20


def test_a_later_grading_takes_the_place_of_the_earlier(course, db):
    """Scores, penalties and comments follow; who was absent and has handed in since is added."""
    write_gradebook(the_class(), db, course)
    write_gradebook(
        results(
            ("bob", "", exercise("01_first"), exercise("02_second"), absent("03_third")),
            ("eve", "17", exercise("01_first", ["test_returns_results"]), absent("02_second"), exercise("03_third")),
        ),
        db,
        course,
    )

    with opened(db) as gradebook:
        bob = gradebook.find_submission_notebook("01_first", "basics", "bob")
        assert (bob.score, bob.late_submission_penalty) == (10.0, None)
        assert gradebook.find_comment("solution", "01_first", "basics", "bob").comment is None
        assert gradebook.find_submission("basics", "eve").score == 6.0
        assert gradebook.find_submission("later", "eve").score == 10.0
        assert gradebook.find_submission("later", "ada").score == 10.0
        assert gradebook.find_student("eve").lms_user_id == "17"


def test_what_people_have_entered_stays(course, db):
    """Scores and comments of formgrader stand above ours, and a new score of ours asks for another look."""
    write_gradebook(the_class(), db, course)
    with opened(db) as gradebook:
        grade = gradebook.find_grade("concurrency", "01_first", "basics", "bob")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 3.0, 0.5, False
        gradebook.find_comment("solution", "01_first", "basics", "bob").manual_comment = "Nearly."
        gradebook.find_student("bob").first_name = "Bob"
        gradebook.db.commit()
    write_gradebook(the_class(), db, course)
    with opened(db) as gradebook:
        grade = gradebook.find_grade("concurrency", "01_first", "basics", "bob")
        assert (grade.score, grade.auto_score, grade.needs_manual_grade) == (3.5, 0.0, False)
    write_gradebook(results(("bob", "", exercise("01_first"))), db, course)

    with opened(db) as gradebook:
        grade = gradebook.find_grade("concurrency", "01_first", "basics", "bob")
        assert (grade.score, grade.auto_score, grade.needs_manual_grade) == (3.5, 4.0, True)
        assert gradebook.find_comment("solution", "01_first", "basics", "bob").comment == "Nearly."
        assert gradebook.find_student("bob").first_name == "Bob"


def test_an_adjustment_never_takes_more_than_there_is(course, tmp_path):
    """An exercise that counts 0 is 0 in nbgrader too, beside the points of the others."""
    taken = exercise("01_first", penalty=2.0, adjustment=-20.0, adjusted=("Copied.",))
    db = str(tmp_path / "gradebook.db")
    write_gradebook(results(("bob", "", taken, exercise("02_second"))), db, course)

    with opened(db) as gradebook:
        submission = gradebook.find_submission("basics", "bob")
        assert submission.score - submission.late_submission_penalty == 10.0


def test_an_error_of_the_graders_is_left_to_people(course, tmp_path):
    """Points that may be too few are marked to be graded by hand."""
    tests = score([outcome(*test, "grader error") for test in SUITE], 10.0)
    failed = ExerciseResult("01_first", "First", 10.0, 0.0, tests, source_digest="d")
    db = str(tmp_path / "gradebook.db")
    write_gradebook(results(("bob", "", failed)), db, course)

    with opened(db) as gradebook:
        assert gradebook.find_submission("basics", "bob").needs_manual_grade


def test_an_exercise_that_nobody_handed_in_is_left_out(course, tmp_path):
    """Without a judged submission its cells are not known; the command says so."""
    write_results(tmp_path, results(("bob", "", exercise("01_first"), absent("03_third"))))
    done = command(tmp_path, course)

    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "1 student and 1 assignment are in the gradebook.",
        "03_third is left out: nobody's work on it could be judged.",
    ]


def write_results(folder, students):
    whole = ClassResult(students, Machine("3.11", "Linux", "3.14", "wrapped"))
    (folder / "results.json").write_bytes(msgspec.json.encode(whole))


def command(folder, course, db="gradebook.db"):
    place = db if "://" in db else str(folder / db)
    return CliRunner().invoke(
        main, ["export", str(folder), "--to", "nbgrader", "--db", place, "--course", str(course.root)]
    )


def test_one_assignment_for_all(course, tmp_path):
    """`--assignment` names it, as for notebooks."""
    write_gradebook(the_class(), str(tmp_path / "gradebook.db"), course, assignment="week-1")

    with opened(str(tmp_path / "gradebook.db")) as gradebook:
        assert [each.name for each in gradebook.assignments] == ["week-1"]
        assert gradebook.find_assignment("week-1").max_score == 30.0


def test_nbgraders_own_export_agrees(course, tmp_path):
    """`nbgrader export` gives the points that count, with the penalties; `alembic` need not be on the path."""
    write_results(tmp_path, the_class())
    path = os.environ["PATH"]
    os.environ["PATH"] = "/usr/bin:/bin"
    try:
        assert command(tmp_path, course).exit_code == 0
    finally:
        os.environ["PATH"] = path
    run(["nbgrader", "export"], tmp_path)
    with (tmp_path / "grades.csv").open(encoding="utf-8") as file:
        rows = {(row["assignment"], row["student_id"]): row for row in csv.DictReader(file)}

    assert {key: float(row["score"]) for key, row in rows.items()} == {
        ("basics", "ada"): 20.0,
        ("basics", "bob"): pytest.approx(12.9),
        ("basics", "eve"): 0.0,
        ("later", "ada"): 10.0,
        ("later", "bob"): 0.0,
        ("later", "eve"): 0.0,
    }
    assert float(rows["basics", "bob"]["late_submission_penalty"]) == 0.6


@pytest.mark.parametrize(
    ("content", "db", "sentence"),
    [
        (None, "gradebook.db", r"holds no results\.json: name the folder that `grader grade` wrote\."),
        (b"{}", "gradebook.db", r"results\.json holds no results of a grading: "),
        (b"text", "a-file", r"The gradebook .*a-file cannot be used: file is not a database\."),
        (b"text", "postgresql://me:secret@127.0.0.1:1/x", r"The gradebook .*me:\*\*\*@127\.0\.0\.1:1/x cannot be used"),
        (b"text", "oracle://me:secret@host/x", r"The gradebook oracle://me:\*\*\*@host/x cannot be used: "),
    ],
)
def test_what_cannot_be_done_is_one_sentence(course, tmp_path, content, db, sentence):
    """Without a traceback, and without the password."""
    (tmp_path / "a-file").write_text("This is no database, whatever its name says, and long enough to be sure.\n" * 20)
    if content == b"text":
        write_results(tmp_path, the_class())
    elif content is not None:
        (tmp_path / "results.json").write_bytes(content)
    done = command(tmp_path, course, db)

    assert done.exit_code == 2
    assert "secret" not in done.output
    assert len(done.output.splitlines()) == 1
    assert re.search(sentence, done.output)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--to", "nbgrader"], "Give nbgrader's database with --db, or its course with --root."),
        (["--to", "nbgrader", "--db", "x.db", "--out", "x"], "--out and --roster mean nothing with --to nbgrader"),
        (["--to", "csv", "--db", "x.db"], "--db, --root and --assignment mean nothing with --to csv"),
    ],
)
def test_options_that_do_not_go_together_are_one_sentence(tmp_path, arguments, sentence):
    """Nothing is written, and nothing is passed over in silence."""
    write_results(tmp_path, the_class())
    done = CliRunner().invoke(main, ["export", str(tmp_path), *arguments])

    assert done.exit_code == 2
    assert sentence in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_files_become_notebooks_that_nbgrader_gives_feedback_on(course, tmp_path):
    """With `--root`, what was handed in is in `autograded/`, and `nbgrader generate_feedback` makes its pages."""
    root, out = tmp_path / "async101", tmp_path / "results"
    out.mkdir()
    source = b"async def download_all(session, urls, limit): ...\n"
    with Ledger(out / "ledger.sqlite") as ledger:
        ledger.hand_in("ada", [Entry("01_first", digest_of(source), content=source)])
    made = exercise("01_first", ["test_downloads_overlap"], source_digest=digest_of(source))
    write_results(out, results(("ada", "", made, absent("02_second"))))
    root.mkdir()
    arguments = ["export", str(out), "--to", "nbgrader", "--root", str(root), "--course", str(course.root)]
    for _ in range(2):
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 0, done.output
    run(["nbgrader", "generate_feedback", "basics"], root)
    page = (root / "feedback" / "ada" / "basics" / "01_first.html").read_text("utf-8")

    assert "Score: 6.0 / 10.0" in page
    assert "The claim of test_downloads_overlap." in page
    assert "download_all" in page
    assert [path.name for path in (root / "autograded").rglob("*.ipynb")] == ["01_first.ipynb"]


@pytest.mark.parametrize("name", ["../up", ".hidden", "a\\b"])
def test_a_name_that_leaves_the_folder_is_refused(course, tmp_path, name):
    """No notebook is written outside of `autograded/`."""
    with pytest.raises(NotebooksError, match=r"cannot be the name of a folder in autograded/"):
        write_graded(results((name, "", exercise("01_first"))), tmp_path, {}, lambda digest: b"")


def test_results_of_another_course_are_refused(course, tmp_path):
    """Nothing is written of exercises that the course does not have."""
    db = tmp_path / "gradebook.db"

    with pytest.raises(NotebooksError, match="holds no exercise '09_other'"):
        write_gradebook(results(("bob", "", exercise("09_other"))), str(db), course)
    assert not db.exists()


def test_a_half_written_gradebook_is_not_left(course, tmp_path):
    """Where something fails on the way, everything stays as it was."""
    db = str(tmp_path / "gradebook.db")
    write_gradebook(the_class(), db, course)
    before = everything(db)
    broken = exercise("03_third", handed_in=datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))))

    with pytest.raises(OverflowError):
        write_gradebook(results(("new", "", exercise("01_first"), broken)), db, course)
    assert everything(db) == before
