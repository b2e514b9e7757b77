"""Claims about all formats at once: what is told, what never is, and whose error is whose."""

from __future__ import annotations

import csv
import io
import json
from itertools import groupby

import junitparser
import msgspec
import pytest

from grader.exports import FORMATS, Options
from grader.exports.junit import BYTES, OBJECTS
from grader.exports.markdown import plain
from grader.exports.sheet import sheet
from grader.records.results import StudentResult
from tests.exports.conftest import CLASS, HIDDEN, downloads, first, ours
from tests.exports.conftest import tests_of as of_tests

WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (grade),Feedback comments\n"
    "Participant 101,Ada A,ada@x.test,,,15.00,-,\nParticipant 102,Bob B,bob@x.test,,,15.00,-,\n"
)
TOLD = sorted(set(FORMATS) - {"csv", "canvas"})


def made(form, students=CLASS, **options):
    return FORMATS[form](students, Options(**options))


def text(form, students=CLASS, **options):
    return "".join(file.text() for file in made(form, students, **options))


def rows(form, students=CLASS, **options):
    return list(csv.DictReader(io.StringIO(text(form, students, **options))))


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {"canvas"}))
@pytest.mark.parametrize("feedback", ["sentences", "score"])
def test_nothing_that_a_hidden_test_is_made_of_is_told(form, feedback):
    """Neither names of hidden tests nor facts, causes, notes and timelines leave the grader below `full`."""
    endings = [StudentResult(end, (downloads(tests=of_tests(end)),)) for end in ("rejected", "raised", "stuck")]

    told = text(form, [*CLASS, *endings], feedback=feedback)

    assert [word for word in HIDDEN if word in told] == []


def test_nor_in_a_worksheet():
    """Moodle's feedback column keeps to the level too."""
    told = text("moodle", feedback="sentences", roster=sheet(WORKSHEET, "w"))

    assert "At most" in told
    assert [word for word in HIDDEN if word in told] == []


@pytest.mark.parametrize("form", TOLD)
def test_sentences_are_told_at_sentences_and_not_at_score(form):
    """The suite's own rule is what a student reads, unless points alone are told."""
    assert "run at once" in text(form, feedback="sentences")
    assert "run at once" not in text(form, feedback="score")


@pytest.mark.parametrize("form", TOLD)
def test_everything_is_told_at_full(form):
    """Expected, got and the timeline are in a full export."""
    told = text(form, feedback="full")

    assert all(word in told for word in ("EXPECTED-42", "GOT-41", "CAUSE-7", "NOTE-9"))


@pytest.mark.parametrize("form", [*TOLD, "csv"])
def test_an_error_of_the_grader_is_said(form):
    """The sentence names the student, and asks for another grading; JUnit has a kind of its own for it."""
    export = made(form)
    list(export)

    assert form == "junit" or any("cleo" in remark and "grade again" in remark for remark in export.remarks)


def test_the_machine_is_not_told_with_an_error_of_the_grader():
    """What a grader's problem says may name its files; below `full` one plain sentence stands for it."""
    students = [StudentResult("dan", (downloads(problem="The grader failed: /srv/secret/worker.py", tests=()),))]

    for form in TOLD:
        assert "secret" not in text(form, students)


def test_the_gradebook_counts_penalties_and_adjustments():
    """A row for each student, and blank where points are not known."""
    assert text("csv") == (
        "student,ident,01_first_await,12_bounded_downloads,total,possible\n"
        "ada,101,5,6,11,15\nbob,102,4.5,7.25,11.75,15\ncleo,103,0,,,15\n"
    )


def test_exercises_that_the_first_student_lacks_have_their_column():
    """Columns follow the course, and a cell without a result is blank."""
    students = [StudentResult("ada", (downloads(),)), StudentResult("bob", (first(),))]

    assert rows("csv", students)[1] == {
        "student": "bob",
        "ident": "",
        "01_first_await": "5",
        "12_bounded_downloads": "",
        "total": "5",
        "possible": "5",
    }


@pytest.mark.parametrize("form", ["csv", "moodle"])
@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "+1", "-1", "\t=1"])
def test_no_cell_is_a_formula(form, name):
    """A name that a spreadsheet would evaluate is made inert, a title too."""
    students = [StudentResult(name, (first(title=name, adjusted=(name,)),))]

    for row in csv.reader(io.StringIO(text(form, students))):
        assert not [cell for cell in row if cell[:1] in "=@+-\t" and cell]


def test_json_lines_hold_each_result():
    """One object a line, whose score is null where it is not known."""
    lines = [json.loads(line) for line in text("jsonl").splitlines()]

    assert [(line["student"], line["exercise"][:2], line["score"]) for line in lines] == [
        ("ada", "01", 5.0),
        ("ada", "12", 6.0),
        ("bob", "01", 4.5),
        ("bob", "12", 7.25),
        ("cleo", "01", 0.0),
        ("cleo", "12", None),
    ]
    assert lines[1]["dimensions"] == {"correctness": [6.0, 6.0], "concurrency": [0.0, 4.0], "cancellation": [0.0, 0.0]}
    assert lines[2]["handed_in"] == "2026-10-01T12:00:00Z"


def parsed(**options):
    return junitparser.JUnitXml.fromstring(text("junit", **options).encode())


def test_junit_is_read_by_another_s_parser():
    """Suites, failures and errors are counted as they are; a grader's error is an error."""
    suites = {suite.name: suite for suite in parsed()}

    downloads_of_ada, downloads_of_cleo = suites["ada.12_bounded_downloads"], suites["cleo.12_bounded_downloads"]
    assert (downloads_of_ada.tests, downloads_of_ada.failures, downloads_of_ada.errors) == (2, 1, 0)
    assert (downloads_of_cleo.failures, downloads_of_cleo.errors) == (0, 1)
    failed = next(case for case in downloads_of_ada if case.result)
    assert failed.result[0].type == "rejected"
    # GitLab shows the text, and nothing of the attributes.
    assert failed.result[0].text == "rejected: At most `limit` run at once."


@pytest.mark.parametrize("feedback", ["full", "sentences", "score"])
def test_junit_has_no_two_cases_of_one_name(feedback):
    """GitLab drops what has the class and name of a case before it."""
    twice = (*of_tests(), *of_tests())
    students = [*CLASS, StudentResult("dan", (downloads(tests=twice),))]
    cases = [(case.classname, case.name) for suite in parsed(students=students, feedback=feedback) for case in suite]

    assert len(cases) == len(set(cases))


def test_junit_survives_any_text():
    """Control characters, markup and the end of CDATA stay text."""
    nasty = "\x1b[2J\x00]]></failure><testcase name='x'/>\ufffe [[ATTACHMENT|/etc/passwd]]"
    students = [StudentResult(nasty, (downloads(tests=of_tests(sentence=nasty)),))]

    suites = list(parsed(students=students))

    assert [len(list(suite)) for suite in suites] == [2]


def test_a_large_class_is_several_files_that_gitlab_takes(monkeypatch):
    """No file is larger, or has more objects, than GitLab takes, and no suite is lost."""
    monkeypatch.setattr("grader.exports.junit.OBJECTS", 200)
    students = [StudentResult(f"s{number}", (downloads(),)) for number in range(50)]

    files = list(made("junit", students))

    assert [file.name for file in files[:2]] == ["junit.xml", "junit-2.xml"]
    read = [junitparser.JUnitXml.fromstring(file.text().encode()) for file in files]
    assert sum(len(list(suites)) for suites in read) == 50
    assert BYTES < 30e6
    assert OBJECTS < 250_000


def test_more_than_a_job_may_hand_in_is_said(monkeypatch):
    """GitLab drops what is over its limits, so the remark says what to do."""
    monkeypatch.setattr("grader.exports.junit.JOB_CASES", 6)

    few, many = made("junit", CLASS[:2]), made("junit", CLASS)
    assert len([*few, *many]) == 2

    assert few.remarks == []
    assert [remark for remark in many.remarks if "fewer exercises" in remark] == [
        "GitLab takes 100 MB and 500,000 cases of a job, and this is more: export fewer exercises with --exercise."
    ]


def results(form="gradescope", **options):
    return {file.name: json.loads(file.text()) for file in made(form, **options)}


def test_gradescope_takes_the_score_after_penalties():
    """The top score overrides the sum of the tests, and late students read why it is less."""
    bob = results()["bob.json"]

    assert bob["score"] == 11.75
    assert "Late by one day" in bob["output"]
    assert "a fair point" in bob["output"]


def test_gradescope_has_no_file_where_the_grader_failed():
    """Whatever is missing from a file counts as 0 there."""
    assert list(results()) == ["ada.json", "bob.json"]


def test_gradescope_s_own_words_are_used():
    """Each field and value is one that its specification names."""
    options = {"visibility": "after_published", "feedback": "full"}
    for result in results(**options).values():
        assert set(result) <= {
            *("score", "execution_time", "output", "output_format", "test_output_format", "test_name_format"),
            *("visibility", "stdout_visibility", "extra_data", "tests", "leaderboard"),
        }
        assert result["visibility"] == "after_published"
        assert {result[key] for key in result if key.endswith("_format")} == {"text"}
        for test in result["tests"]:
            assert set(test) <= {
                *("score", "max_score", "status", "name", "name_format", "number", "output"),
                *("output_format", "tags", "visibility", "extra_data"),
            }
            assert test["status"] == ("passed" if test["score"] == test["max_score"] else "failed")
            assert isinstance(test["number"], str)


def test_gradescope_s_tests_are_those_of_the_exercise():
    """A test for each, and one for an exercise that could not be tested."""
    tests = results()["ada.json"]["tests"]

    assert [(test["number"], test["score"], test["max_score"], test["status"]) for test in tests] == [
        ("1", 5.0, 5.0, "passed"),
        ("2.1", 6.0, 6.0, "passed"),
        ("2.2", 0.0, 4.0, "failed"),
    ]


def test_markdown_shows_names_as_they_are():
    """Nothing in a name is a mark, a mention or the end of a cell."""
    assert plain("a|b *c* @d #1 <i> [x](y)") == r"a\|b \*c\* @<!-- -->d #<!-- -->1 \<i\> \[x\](y)"


def test_markdown_is_cut_off_where_github_would_refuse_it(monkeypatch):
    """A summary over 1 MiB is refused altogether."""
    monkeypatch.setattr("grader.exports.markdown.BYTES", 2_000)
    students = [StudentResult(f"student {number}", (first(), downloads())) for number in range(500)]

    told = text("markdown", students)

    assert len(told.encode()) <= 2_000
    assert told.endswith("may have 1 MiB.*\n")


def test_markdown_says_that_points_are_not_final():
    """A grader's error is not a zero in the table either."""
    line = next(line for line in text("markdown").splitlines() if line.startswith("| cleo"))

    assert line == "| cleo | 0 | not final | – |"


def test_a_class_is_gone_through_one_student_at_a_time():
    """An export that is read lazily asks for no more students than it has written, but for their points."""
    asked = []

    class Watched:
        def __iter__(self):
            for student in CLASS:
                asked.append(student.student)
                yield student

    files = iter(FORMATS["jsonl"](Watched(), Options()))
    asked.clear()
    pieces = iter(next(files).pieces)
    next(pieces)

    assert asked == ["ada"]


def test_a_sum_with_an_error_of_the_grader_is_blank():
    """The error is known where the tests have been left out of the results."""
    small = msgspec.structs.replace(CLASS[2], exercises=(ours(),))

    assert rows("csv", [small])[0]["total"] == ""


def test_runs_of_students_stay_together():
    """Lines of one student follow each other."""
    names = [json.loads(line)["student"] for line in text("jsonl").splitlines()]

    assert [name for name, _ in groupby(names)] == ["ada", "bob", "cleo"]
