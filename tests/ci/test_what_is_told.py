"""What a pipeline tells: within the limits of the services, no hidden value, and never a command of a submission's."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import junitparser
import msgspec
import pytest

from grader.catalog import Course
from grader.classroom.seal import VARIABLE, new_key, read_key
from grader.classroom.suites import seal_suites
from grader.exports.annotations import ERRORS, WARNINGS, commands
from grader.exports.badge import shields, svg
from grader.exports.classroom import MOST_OUTPUT, for_output, reporter
from grader.exports.pipeline import WRITERS, Graded
from grader.exports.summary import BYTES, summary
from grader.records.results import StudentResult
from tests.ci.conftest import Runner, commands_in, without_services
from tests.exports.conftest import HIDDEN, MACHINE, downloads, first, ours
from tests.exports.conftest import tests_of as of_tests

ROOT = Path(__file__).parents[2]
#: Text that GitHub's runner would act upon, in each of the ways in which it looks for commands.
HOSTILE = (
    "::error file=x::owned",
    "\n::error::owned",
    "\r::warning::owned",
    "x%0A::error::owned",
    "  ::add-mask::points",
    "##[error]owned",
    "a ##[set-output name=x]owned",
    "::stop-commands::owned",
    "\x1b[1A::error::owned",
    "owned\u2028::error::owned",
)


def student_of(*exercises) -> StudentResult:
    return StudentResult("ada", exercises or (first(), downloads()))


def graded(student: StudentResult, feedback="sentences") -> Graded:
    now = datetime(2026, 10, 1, tzinfo=UTC)
    return Graded(student, MACHINE, feedback, "Commit abc of ada.", {}, {}, CLASSROOM50, now, now, 0)


CLASSROOM50 = {"CLASSROOM": "c", "ASSIGNMENT": "a", "OWNER": "ada", "SUBMISSION_TAG": "submit/x", "COMMIT_URL": "u"}


@pytest.fixture(scope="module")
def much() -> StudentResult:
    """More than any service takes: 60 exercises, 40 failed tests in each, all of them with much to say."""
    failed = of_tests(sentence="A rule of many words. " * 40)[1]
    exercises = [
        downloads(
            exercise=f"{number:02}_much",
            title=f"Much {number}",
            tests=tuple(msgspec.structs.replace(failed, name=f"test_{at}", line=at + 1) for at in range(40)),
        )
        for number in range(60)
    ]
    return student_of(*exercises)


def test_github_gets_no_more_annotations_than_it_shows(much):
    """Ten errors and ten warnings, of twenty exercises."""
    lines = commands(much, {}, "full")

    assert Counter(command.name for command in commands_in("\n".join(lines))) == {"error": ERRORS, "warning": WARNINGS}
    assert len({command.properties["title"] for command in commands_in("\n".join(lines))}) == ERRORS + WARNINGS
    assert max(map(len, lines)) < 10_000


def test_a_summary_is_never_refused(much):
    """At most a mebibyte, cut off at the end of a part, and the points are before all else."""
    for feedback in ("full", "sentences", "score"):
        told = summary(much, about="Commit abc.", feedback=feedback, examples={})

        assert len(told.encode()) <= BYTES
        assert told.startswith("## 360 of 600 points")
    assert "The rest is cut off" in summary(much, about="", feedback="full", examples={})
    assert len(summary(much, about="", feedback="full", examples={}, room=5000).encode()) <= 5000


@pytest.mark.parametrize(("exercises", "tests"), [(1, 40), (20, 800), (60, 1)])
def test_an_output_is_never_refused(much, exercises, tests):
    """A report that is too large for a job's outputs loses its messages, then its tests, and never a point."""
    report = reporter(student_of(*much.exercises[:exercises] * (1 if tests > 1 else 2)), {}, "sentences")
    encoded = for_output(report)

    full, told = json.loads(report), json.loads(base64.b64decode(encoded))
    assert len(encoded) <= MOST_OUTPUT
    assert len(told["tests"]) == tests
    assert (exercises == 1) is (told == full)
    assert (told["status"], told["max_score"]) == (full["status"], full["max_score"])
    assert sum(test["score"] for test in told["tests"]) == sum(test["score"] for test in full["tests"])


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_files_of_much_are_written_whole(form, much):
    """In every format, and readable by those who read it."""
    text = WRITERS[form](graded(much))

    if form in ("junit", "badge"):
        ET.fromstring(text)
    elif form != "markdown":
        json.loads(text)
    assert len(text.encode()) < 30 * 10**6


@pytest.mark.parametrize("feedback", ["sentences", "score"])
@pytest.mark.parametrize("form", sorted({*WRITERS} - {"results"}))
def test_nothing_that_a_hidden_test_is_made_of_is_told(form, feedback):
    """Whatever the ending; `results` alone is for instructors."""
    endings = ("rejected", "raised", "stuck")
    told = [WRITERS[form](graded(student_of(downloads(tests=of_tests(ending))), feedback)) for ending in endings]
    told += [
        line for ending in endings for line in commands(student_of(downloads(tests=of_tests(ending))), {}, feedback)
    ]

    assert [word for word in HIDDEN for text in told if word in text] == []


def test_everything_is_told_where_it_is_asked_for():
    """Timelines in the summary, facts on the line."""
    assert "GET /  ████" in summary(student_of(), about="", feedback="full", examples={})
    (line,) = commands(student_of(), {"12_bounded_downloads": "b.py"}, "full")
    (command,) = commands_in(line)
    assert command.properties == {"file": "b.py", "line": "3", "title": "Bounded downloads: rejected"}
    assert "EXPECTED-42" in command.data
    assert "\n" in command.data


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("feedback", ["full", "sentences", "score"])
def test_no_text_becomes_a_command(text, feedback):
    """Neither from a title, a sentence, a cause, a fact, a note, a printed line nor a problem."""
    fact = of_tests()[1].facts[0]
    test = msgspec.structs.replace(
        of_tests(sentence=text)[1],
        cause=text,
        facts=(msgspec.structs.replace(fact, name=text, value=text),),
        notes=(text,),
        printed=(text,),
    )
    student = StudentResult(
        text, (downloads(title=text, tests=(test,)), first(problem=text, source_digest="", late=text))
    )
    lines = commands(student, {"12_bounded_downloads": f"{text}.py"}, feedback)

    found = commands_in("\n".join(lines))

    assert len(found) == len(lines)
    assert {command.name for command in found} <= {"error", "warning"}
    assert all(
        set(command.properties) == {"file", "line", "title"} or not command.properties.get("file") for command in found
    )
    assert commands_in(summary(student, about=text, feedback=feedback, examples={})) == []
    for form in sorted({*WRITERS} - {"classroom50"}):
        assert commands_in(WRITERS[form](graded(student, feedback))) == []


def test_an_annotation_of_the_graders_error_is_at_no_line():
    """It is a warning, and says whose error it is."""
    (command,) = commands_in("\n".join(commands(student_of(ours()), {"12_bounded_downloads": "b.py"}, "sentences")))

    assert command.name == "warning"
    assert "file" not in command.properties
    assert command.data.startswith("The grader failed here, not the submission")


@pytest.mark.parametrize(
    ("student", "text", "colour"),
    [
        (student_of(first()), "5 / 5", "success"),
        (student_of(), "11 / 15", "yellow"),
        (student_of(downloads(earned=1.25)), "1.25 / 10", "orange"),
        (student_of(ours()), "not final", "lightgrey"),
        (StudentResult("ada", ()), "none yet", "lightgrey"),
    ],
)
def test_a_badge_says_the_points(student, text, colour):
    """As a picture that loads nothing, and as shields.io reads it."""
    picture = ET.fromstring(svg(student))

    assert json.loads(shields(student)) == {"schemaVersion": 1, "label": "exercises", "message": text, "color": colour}
    assert picture.get("aria-label") == f"exercises: {text}"
    assert not re.search(r"href|url\(|<script", svg(student))


SOLUTION = (ROOT / "solutions/12_bounded_downloads/bounded_downloads.py").read_text("utf-8")
STUCK = "import asyncio\n\n\nasync def download_all(session, urls, limit):\n    await asyncio.Event().wait()\n"
SHOUTS = """
import sys

print("::error file=x::owned")
print("##[error]owned", file=sys.stderr)


class Owned(Exception):
    def __str__(self):
        return "\\n::error::owned\\r\\n::set-output name=score::100"


async def download_all(session, urls, limit):
    print("::stop-commands::x", "\\r::warning::owned")
    raise Owned("::error::owned")
"""


@pytest.mark.parametrize("feedback", ["full", "sentences"])
def test_a_whole_job_with_sealed_suites(forge, tmp_path, feedback):
    """The real judge behind real walls, in a process of its own: one right, one loud, one that waits."""
    course = Course.load(ROOT)
    key = new_key()
    file = tmp_path / "suites.sealed"
    file.write_bytes(seal_suites(course, [course.find("12")], read_key(key)))
    slug = "exercises/12_bounded_downloads/bounded_downloads.py"
    forge.push("main", {slug: "", "README.md": ""})
    runs = {}
    for branch, source in (("right", SOLUTION), ("shouts", SHOUTS), ("stuck", STUCK)):
        commit = forge.push(f"student/{branch}", {slug: source}, start="main")
        runner = Runner.for_push(tmp_path / branch, forge.check_out(commit), commit)
        report = tmp_path / branch / "report.xml"
        words = ["--sealed", str(file), "--threshold", "100", "--feedback", feedback, f"--write=junit={report}"]
        done = subprocess.run(
            [sys.executable, "-m", "grader", "ci", *words],
            env={**without_services(), **runner.environ, VARIABLE: key},
            cwd=runner.environ["GITHUB_WORKSPACE"],
            capture_output=True,
            text=True,
            check=False,
        )
        runs[branch] = done, runner, report

    done, runner, report = runs["right"]
    assert (done.returncode, done.stderr) == (0, "")
    assert runner.output()["score"] == "10"
    assert commands_in(done.stdout) == []

    done, runner, report = runs["shouts"]
    assert done.returncode == 1, done.stdout + done.stderr
    told = commands_in(done.stdout)
    assert told
    assert {(command.name, command.properties["file"]) for command in told} == {("error", slug), ("warning", slug)}
    assert runner.output()["score"] != "100"
    assert set(runner.output()) == {"status", "score", "points", "result"}
    summary_text = runner.summary.read_text("utf-8")
    assert commands_in(summary_text) == []
    assert "```text" in summary_text
    assert sum(suite.failures for suite in junitparser.JUnitXml.fromfile(str(report))) > 0

    done, runner, report = runs["stuck"]
    assert done.returncode == 1, done.stdout + done.stderr
    assert "stuck" in {command.properties["title"].rpartition(" ")[2] for command in commands_in(done.stdout)}
    for done, runner, _ in runs.values():
        everything = done.stdout + done.stderr + runner.summary.read_text("utf-8") + runner.outputs.read_text("utf-8")
        assert key not in everything
        assert feedback == "full" or "test_" not in everything


def test_the_parameters_of_a_test_without_a_sentence_are_not_told():
    """Its name stands for the sentence, and names may hold the suite's own values."""
    (_, failed) = of_tests(sentence="test_secret_name[EXPECTED-42]")
    test = msgspec.structs.replace(failed, name="test_secret_name[EXPECTED-42]")
    student = student_of(downloads(tests=(test,)))

    told = [*commands(student, {}, "sentences"), *(WRITERS[form](graded(student)) for form in {*WRITERS} - {"results"})]

    assert not [text for text in told if "EXPECTED-42" in text]
