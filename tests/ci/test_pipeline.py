"""`grader ci` on pushed branches: what it finds, what it grades, and how it ends."""

from __future__ import annotations

import base64
import json
import os

import junitparser
import pytest

from grader.classroom.cache import SEALED
from grader.classroom.seal import VARIABLE, new_key, read_key
from grader.classroom.suites import seal_suites
from tests.ci.conftest import Runner, commands_in, course_file, stub

WRONG = "# mine\n# fails: test_downloads_overlap\n"
RIGHT = "# mine\n"
BROKEN = "# breaks the bench\n"


@pytest.fixture
def push(forge, course, given, tmp_path):
    """Push exercises' files to a branch, and give a runner that has checked it out."""

    def push(files, *, branch="student/ada", depth=0, before="0" * 40):
        named = {name if "." in name else course_file(course, name): text for name, text in files.items()}
        commit = forge.push(branch, named)
        checkout = forge.check_out(commit, depth=depth)
        return Runner.for_push(tmp_path / f"runner-{checkout.name}", checkout, commit, before=before, branch=branch)

    return push


def test_what_was_begun_is_graded(push, run):
    """Exercises whose files are the stub's count for nothing, and the rest is told in every place."""
    runner = push({"02": WRONG, "12": RIGHT})

    done = run(environ=runner.environ)

    assert done.exit_code == 0
    assert done.output.endswith("16 of 20 points (80%).\n")
    assert "2 exercises that were begun" in done.output
    assert runner.summary.read_text("utf-8").startswith("## 16 of 20 points \\(80%\\)\n".replace("\\", ""))
    assert runner.output() | {"result": ""} == {"status": "graded", "score": "16", "points": "20", "result": ""}


def test_the_exit_status_follows_the_threshold(push, run):
    """Enough points, too few, and no threshold at all."""
    environ = push({"12": WRONG}).environ

    assert run("--threshold", "60", environ=environ).exit_code == 0
    assert run("--threshold", "60.1", environ=environ).exit_code == 1
    assert run(environ=environ).exit_code == 0
    assert "below the threshold of 60.1%." in run("--threshold", "60.1", environ=environ).output


def test_an_error_of_the_graders_is_no_failure_of_the_students(push, run, tmp_path):
    """It has an exit status of its own, and is no zero anywhere."""
    runner = push({"01": RIGHT, "12": BROKEN})
    files = {form: tmp_path / f"{form}.out" for form in ("gradescope", "classroom50", "junit", "shields", "classroom")}
    environ = {**runner.environ, **CLASSROOM50}

    done = run("--threshold", "100", *(f"--write={form}={path}" for form, path in files.items()), environ=environ)

    assert done.exit_code == 3
    assert done.output.endswith(
        "The grader failed, not the submission: the points are not final. Run this job again.\n"
    )
    assert [command.name for command in commands_in(done.output)] == ["warning"]
    assert runner.output()["score"] == ""
    assert not files["gradescope"].exists()
    assert not files["classroom50"].exists()
    assert json.loads(files["shields"].read_text())["message"] == "not final"
    assert json.loads(files["classroom"].read_text())["status"] == "error"
    (case,) = [case for suite in junitparser.JUnitXml.fromfile(str(files["junit"])) for case in suite if case.result]
    assert isinstance(case.result[0], junitparser.Error)
    assert "Not final" in runner.summary.read_text("utf-8")


def test_files_that_lie_flat_are_found(push, run, course):
    """At the top as well as in the exercises' layout, and told by where they lie."""
    flat = course.find("12").stub.name
    runner = push({course_file(course, "12"): None, flat: WRONG, "01": WRONG})

    places = [command.properties["file"] for command in commands_in(run(environ=runner.environ).output)]

    assert places == [course_file(course, "01"), flat]


def test_only_the_commit_counts(push, run, course):
    """What an earlier step of the job has put into the working tree was not pushed."""
    runner = push({"12": WRONG})
    checkout = runner.environ["GITHUB_WORKSPACE"]
    open(f"{checkout}/{course_file(course, '12')}", "w").write(RIGHT)

    assert "6 of 10 points" in run(environ=runner.environ).output


def test_a_folder_without_a_repository_is_graded_too(run, tmp_path):
    """As where a service unpacks an archive."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "bounded_downloads.py").write_text(RIGHT)

    done = run(tmp_path / "work")

    assert "The files of student: 1 exercise that were begun" in done.output
    assert done.output.endswith("10 of 10 points (100%).\n")


def test_what_is_set_is_graded_whether_it_was_begun_or_not(push, run):
    """An exercise that is set and was not handed in earns nothing."""
    done = run("--exercise", "12", "--exercise", "2", environ=push({"12": RIGHT}).environ)

    assert done.output.endswith("10 of 20 points (50%).\n")


def test_only_what_has_changed_against_the_base_is_graded(push, run, forge):
    """Against the branch of a pull request, the commit before a push, or a named revision."""
    push({"01": RIGHT, "02": WRONG})
    before = forge.commits["student/ada"]
    runner = push({"12": RIGHT}, before=before)
    against_main = {**runner.environ, "GITHUB_BASE_REF": "main", "GITHUB_EVENT_NAME": "pull_request"}

    assert run("--changed", environ=runner.environ).output.endswith("10 of 10 points (100%).\n")
    assert run("--changed", environ=against_main).output.endswith("26 of 30 points (86%).\n")
    assert run("--base", "HEAD~1", environ=runner.environ).output.endswith("10 of 10 points (100%).\n")
    assert run(environ=runner.environ).output.endswith("26 of 30 points (86%).\n")


def test_what_the_instructor_changed_meanwhile_is_not_the_students(push, run, forge, course):
    """The base is where the branch went its own way, not where main is now."""
    forge.push("main", {course_file(course, "01"): "# a better stub\n"})
    runner = push({"12": RIGHT}, branch="student/bob")
    forge.push("main", {course_file(course, "02"): "# a better stub\n"})
    checkout = forge.check_out(forge.commits["student/bob"])

    done = run(checkout, "--base", "main", environ=runner.environ)

    assert "1 exercise that changed" in done.output


def test_a_tag_cannot_stand_in_for_the_base(push, run, forge):
    """A student who names a tag like the base branch has changed something all the same."""
    runner = push({"12": WRONG})
    checkout = runner.environ["GITHUB_WORKSPACE"]
    forge._git(forge.home, "-C", checkout, "tag", "main", "HEAD")

    done = run("--changed", "--threshold", "100", environ={**runner.environ, "GITHUB_BASE_REF": "main"})

    assert done.exit_code == 1


def test_a_base_that_was_not_fetched_is_told(push, run):
    """A shallow checkout: everything is graded where the service names the base, and a named one is refused."""
    runner = push({"12": RIGHT}, depth=1, before="1" * 40)

    by_service, by_name = (run(*words, environ=runner.environ) for words in (["--changed"], ["--base", "main"]))

    assert by_service.exit_code == 0
    assert "Everything that was begun is graded, whether it has changed or not." in by_service.output
    assert by_name.exit_code == 2
    assert "The repository has no commit main" in by_name.output


@pytest.mark.parametrize("base", ["--output=/x", "a b", "x\n::error::y", "", "$(id)", "HEAD^{/x}"])
def test_a_hostile_base_is_no_option_of_gits(push, run, base):
    """It names a commit, or none."""
    done = run("--changed", environ={**push({"12": RIGHT}).environ, "GITHUB_BASE_REF": base})

    assert done.exit_code == 0
    assert commands_in(done.output) == []


def test_nothing_begun_is_no_error(push, run):
    """It is below any threshold, and what has not changed is not."""
    environ = push({"notes.md": "hello"}).environ

    assert run(environ=environ).output.endswith("Nothing to grade yet.\n")
    assert run(environ=environ).exit_code == 0
    assert run("--threshold", "50", environ=environ).exit_code == 1
    assert run("--changed", "--threshold", "50", environ={**environ, "GITHUB_BASE_REF": "main"}).exit_code == 0


def test_a_stub_saved_by_another_editor_was_not_begun(push, run, course):
    """Line ends and spaces at the ends of lines are no work."""
    runner = push({"12": stub(course, "12").replace("\n", "  \r\n") + "\r\n"})

    assert run(environ=runner.environ).output.endswith("Nothing to grade yet.\n")


def test_a_deadline_counts_from_the_commit(push, run, course):
    """The late rules of the course hold in a pipeline too."""
    with (course.root / "exercises/course.toml").open("a") as file:
        file.write('\n[late]\nrule = "per-day"\nrate = 0.1\n[late.deadlines]\nbasics = 2026-10-01T11:00:00+02:00\n')

    assert run(environ=push({"12": RIGHT}).environ).output.endswith("9 of 10 points (90%).\n")


def test_a_cache_spares_what_has_not_changed(push, run, judged, tmp_path):
    """Only the changed exercise is judged again, and the whole is told as before."""
    cache = tmp_path / "cache"
    run("--cache", cache, environ=push({"01": RIGHT, "02": WRONG}).environ)
    assert judged() == ["01_first_await", "02_breakfast"]

    done = run("--cache", cache, environ=push({"12": RIGHT}).environ)

    assert judged() == ["01_first_await", "02_breakfast", "12_bounded_downloads"]
    assert "3 exercises that were begun, of which 2 as before" in done.output
    assert done.output.endswith("26 of 30 points (86%).\n")


def test_a_cache_keeps_no_error_of_the_graders(push, run, judged, tmp_path):
    """The job that is run again judges again."""
    environ = push({"12": BROKEN}).environ
    for _ in range(2):
        assert run("--cache", tmp_path / "cache", environ=environ).exit_code == 3

    # Each is tried twice by the pool.
    assert len(judged()) == 4


@pytest.fixture
def sealed(course, tmp_path):
    """Sealed suites of the course, and the environment that opens them."""
    key = new_key()
    file = tmp_path / "suites.sealed"
    file.write_bytes(seal_suites(course, course.exercises, read_key(key)))
    return file, {VARIABLE: key}


def test_sealed_suites_grade_as_those_of_a_course(push, run, sealed):
    """With the stubs that are in the seal: the student's own course files count for nothing."""
    file, key = sealed
    runner = push({"12": WRONG, "exercises/12_bounded_downloads/exercise.toml": "points = 1000"})

    done = run("--sealed", file, environ={**runner.environ, **key}, suites=False)

    assert done.output.endswith("6 of 10 points (60%).\n")


def test_no_later_process_inherits_the_key(push, run, sealed, fake_bench, monkeypatch):
    """It is taken out of the environment before any process is started."""
    file, key = sealed
    seen, judge = [], fake_bench.judge
    monkeypatch.setattr(
        fake_bench, "judge", lambda bench, job: seen.append(VARIABLE in os.environ) or judge(bench, job)
    )

    run("--sealed", file, environ={**push({"12": WRONG}).environ, **key}, suites=False)

    assert seen
    assert not any(seen)


def test_a_cache_beside_sealed_suites_is_sealed(push, run, judged, sealed, tmp_path):
    """It tells no hidden value, spares the same work, and one that was forged is thrown away."""
    file, key = sealed
    cache = tmp_path / "cache"
    environ = {**push({"12": WRONG}).environ, **key}
    words = ("--sealed", file, "--cache", cache)
    for _ in range(2):
        assert run(*words, environ=environ, suites=False).output.endswith("6 of 10 points (60%).\n")

    assert len(judged()) == 1
    assert [path.name for path in cache.iterdir()] == [SEALED]
    assert b"SQLite" not in (cache / SEALED).read_bytes()

    (cache / SEALED).write_bytes((cache / SEALED).read_bytes()[:-1] + b"x")
    done = run(*words, environ=environ, suites=False)

    assert len(judged()) == 2
    assert "Everything is judged again." in done.output
    assert "is damaged" in done.output
    assert done.output.endswith("6 of 10 points (60%).\n")


@pytest.mark.parametrize(
    ("words", "environ", "said"),
    [
        ([], {}, "Name either the instructor's course with --course, or sealed suites with --sealed."),
        (["--sealed", "{file}"], {VARIABLE: ""}, "The variable GRADER_SEAL_KEY is not set"),
        (["--sealed", "{file}"], {VARIABLE: new_key()}, "was sealed with another key"),
        (["--sealed", "{file}.no"], {}, "suites.sealed.no: No such file or directory"),
        (["--sealed", "{file}", "--unsafe-no-sandbox"], {}, "Sealed suites are not opened without walls"),
        (["--sealed", "{file}", "--exercise", "99"], {}, "There is no exercise '99'"),
        (["--course", "{checkout}"], {}, "tests that a student can change are no hidden tests"),
        (["--sealed", "{file}", "{checkout}/no"], {}, "is no folder"),
        (["--sealed", "{file}", "--write", "pdf=x"], {}, "'pdf=x' is not FORMAT=FILE"),
        (["--sealed", "{file}", "--write", "junit={checkout}/no/x"], {}, "cannot be written"),
        (["--sealed", "{file}", "--write", "classroom50=x"], {}, "CLASSROOM, ASSIGNMENT, SUBMISSION_TAG, COMMIT_URL"),
        (["--sealed", "{file}", "--gradescope", "{checkout}"], {}, "is no description of a submission by Gradescope"),
    ],
)
def test_what_cannot_be_graded_is_one_sentence(push, run, sealed, course, words, environ, said):
    """Exit status 2, an annotation that says the same, and never a traceback."""
    file, key = sealed
    runner = push({"12": RIGHT, "exercises/course.toml": (course.root / "exercises/course.toml").read_text()})
    checkout = runner.environ["GITHUB_WORKSPACE"]

    done = run(
        *(word.format(file=file, checkout=checkout) for word in words),
        environ={**runner.environ, **key, **environ},
        suites=False,
    )

    assert done.exit_code == 2
    assert said in done.output.replace("\n", " ")
    assert isinstance(done.exception, SystemExit)
    if "Usage:" not in done.output:
        (command,) = commands_in(done.stdout)
        assert (command.name, command.properties) == ("error", {"title": "Not graded"})
        assert f"Error: {command.data}\n" == done.stderr


def test_gitlab_names_who_and_what(push, run, forge, tmp_path):
    """The same in GitLab's environment: no commands, no summary, JUnit for the merge request."""
    push({"01": RIGHT})
    before = forge.commits["student/ada"]
    runner = push({"12": WRONG})
    report = tmp_path / "report.xml"
    environ = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_COMMIT_BEFORE_SHA": before,
        "CI_PROJECT_DIR": runner.environ["GITHUB_WORKSPACE"],
        "GITLAB_USER_LOGIN": "ada",
    }

    done = run("--changed", "--threshold", "100", "--write", f"junit={report}", environ=environ)

    assert done.exit_code == 1
    assert "of ada: 1 exercise that changed" in done.output
    assert "::" not in done.output
    (suite,) = junitparser.JUnitXml.fromfile(str(report))
    assert (suite.name, suite.tests, suite.failures, suite.errors) == ("ada.12_bounded_downloads", 3, 1, 0)


CLASSROOM50 = {
    "CLASSROOM": "cs-principles",
    "ASSIGNMENT": "waiting",
    "USERNAME": "ada",
    "SUBMISSION_TAG": "submit/2026-10-01T10-00-00Z-abc1234",
    "COMMIT_URL": "https://github.com/o/r/commit/abc",
    "RELEASE_URL": "https://github.com/o/r/releases/tag/x",
}


def test_classroom_50_gets_whole_numbers(push, run, tmp_path):
    """The recorded schema: its keys and no others, hundredths of points, the commit's own time."""
    out = tmp_path / "result.json"

    run("--write", f"classroom50={out}", environ={**push({"01": RIGHT, "12": WRONG}).environ, **CLASSROOM50})

    made = json.loads(out.read_text("utf-8"))
    assert set(made) == {
        *("schema", "classroom", "assignment", "assignment_type", "owner", "submission", "commit", "release"),
        *("review", "datetime", "graded_at", "score", "max-score", "tests"),
    }
    assert (made["schema"], made["owner"], made["assignment_type"]) == ("classroom50/result/v1", "ada", "individual")
    assert (made["score"], made["max-score"]) == (1600, 2000)
    assert made["datetime"] == "2026-10-01T10:00:00Z"
    assert made["review"] == made["commit"] == CLASSROOM50["COMMIT_URL"]
    for test in made["tests"]:
        assert {"test-name", "passed", "score", "max-score"} <= set(test)
        assert type(test["score"]) is type(test["max-score"]) is int
        assert 0 <= test["score"] <= test["max-score"]
        assert type(test["passed"]) is bool
        assert test["test-name"]
    assert sum(test["score"] for test in made["tests"]) == made["score"]
    assert sum(test["max-score"] for test in made["tests"]) == made["max-score"]


def test_the_old_classrooms_reporter_adds_up(push, run):
    """What `${{ steps.grade.outputs.result }}` brings to autograding-grading-reporter@v1, read as that reads it."""
    runner = push({"01": RIGHT, "12": WRONG})
    run(environ=runner.environ)

    results = json.loads(base64.b64decode(runner.output()["result"]))

    assert (results["version"], results["status"], results["max_score"]) == (1, "fail", 20)
    assert sum(test["score"] for test in results["tests"]) == 16
    assert sum(test["status"] == "pass" for test in results["tests"]) == 5
    for test in results["tests"]:
        assert {"name", "status", "score", "message", "test_code", "filename", "line_no", "duration"} == set(test)


def test_late_points_reach_the_old_reporter(push, run, course):
    """It adds up the tests' scores, so that a penalty is one of them."""
    with (course.root / "exercises/course.toml").open("a") as file:
        file.write('\n[late]\nrule = "per-day"\nrate = 0.1\n[late.deadlines]\nbasics = 2026-10-01T11:00:00+02:00\n')
    runner = push({"12": RIGHT})
    run(environ=runner.environ)

    results = json.loads(base64.b64decode(runner.output()["result"]))

    assert sum(test["score"] for test in results["tests"]) == 9
