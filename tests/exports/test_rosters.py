"""Rosters of Canvas and Moodle: filled in, and given back as they were."""

from __future__ import annotations

import csv
import io

import pytest

from grader.exports import FORMATS, ExportError, Options
from grader.exports.sheet import read_sheet, sheet
from grader.records.results import StudentResult
from tests.exports.conftest import CLASS, downloads, first

canvas, moodle = FORMATS["canvas"], FORMATS["moodle"]

GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,First await (501),Bounded downloads (502),Essay (503),Current Score
"    Points Possible",,,,,5.00,10.00,20.00,(read only)
"Able, Ada",101,u1,ada,"A, morning",,,17.50,80
"Brown, Bob",102,u2,bob,A,1.00,EX,,70
"Cole, Cleo",103,u3,cleo,A,,,,60
"Student, Test",999,,deadbeef,A,,,,
"""
WORKSHEET = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",\
"Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 101","Ada Able",ada@x.test,"Submitted for grading",,15.00,Yes,"Thursday, 1 October 2026, 12:00 PM",-,
"Participant 102","Bob Brown",bob@x.test,"Submitted for grading",3.00,15.00,Yes,-,-,old
"Participant 103","Cleo Cole",cleo@x.test,"Submitted for grading",,15.00,Yes,-,-,
"""


def filled(exporter, roster, students=CLASS, **options):
    export = exporter(students, Options(roster=sheet(roster, "roster.csv"), **options))
    text = "".join(file.text() for file in export)
    return list(csv.reader(io.StringIO(text))), export.remarks, text


def test_canvas_gets_its_own_gradebook_back_with_points():
    """Points are in the columns of their assignments; everything else is as it was."""
    before = list(csv.reader(io.StringIO(GRADEBOOK)))
    after, _, _ = filled(canvas, GRADEBOOK)

    changed = [
        (row, column, new)
        for row, (old_row, new_row) in enumerate(zip(before, after, strict=True))
        for column, (old, new) in enumerate(zip(old_row, new_row, strict=True))
        if old != new
    ]
    assert changed == [(2, 5, "5"), (2, 6, "6"), (3, 5, "4.5"), (4, 5, "0")]


def test_canvas_is_told_no_zero_for_an_error_of_the_grader():
    """The cell stays blank, and a sentence says so."""
    after, remarks, _ = filled(canvas, GRADEBOOK)

    assert after[4][6] == ""
    assert "The grader failed at work of cleo: their cells stay as they were; grade again." in remarks


def test_an_excused_student_stays_excused():
    """EX is no score, and is said."""
    after, remarks, _ = filled(canvas, GRADEBOOK)

    assert after[3][6] == "EX"
    assert "Canvas excuses one student from an assignment (EX); these cells stay as they were." in remarks


def test_what_canvas_reads_again_has_its_header():
    """`Section` is the last of the student's columns, and no heading is added, which would be a new assignment."""
    after, _, _ = filled(canvas, GRADEBOOK)

    assert after[0] == next(csv.reader(io.StringIO(GRADEBOOK)))


@pytest.mark.parametrize(
    ("name", "ident"),
    [("anything", "101"), ("ada", ""), ("u1", ""), ("101", ""), ("Able, Ada", ""), ("Ada Able", ""), ("ableada", "")],
)
def test_canvas_knows_a_student_by_number_login_or_name(name, ident):
    """The order is Canvas's own: its number, the numbers of the school, the name."""
    after, remarks, _ = filled(canvas, GRADEBOOK, [StudentResult(name, (first(),), ident)])

    assert after[2][5] == "5"
    assert not [remark for remark in remarks if "Not found" in remark]


def test_a_gradebook_with_two_columns_of_names_is_filled_in():
    """Canvas can export first and last names apart."""
    apart = "LastName,FirstName,ID,SIS Login ID,Section,First await (501)\nAble,Ada,101,u1,A,\nAble,Bo,102,u2,A,\n"

    after, _, _ = filled(canvas, apart, [StudentResult("ada able", (first(),)), StudentResult("x", (first(),), "102")])

    assert [row[5] for row in after[1:]] == ["5", "5"]


def test_who_is_not_in_the_roster_is_named():
    """Nobody is left out silently."""
    _, remarks, _ = filled(canvas, GRADEBOOK, [*CLASS, StudentResult("zoe", (first(),))])

    assert "Not found in roster.csv, and left out: zoe." in remarks


def test_two_students_of_one_row_are_named():
    """Neither is believed."""
    after, remarks, _ = filled(canvas, GRADEBOOK, [StudentResult("ada", (first(),)), StudentResult("u1", (first(),))])

    assert after[2][5] == ""
    assert "Several students fit one row of roster.csv, which stays as it was: ada, u1." in remarks


def test_a_name_that_two_rows_bear_is_nobody_s():
    """Two of one name cannot be told apart by it."""
    twins = GRADEBOOK + '"Able, Ada",104,u4,ada2,A,,,,\n'

    after, remarks, _ = filled(canvas, twins, [StudentResult("Ada Able", (first(),))])

    assert (after[2][5], after[-1][5]) == ("", "")
    assert "Not found in roster.csv, and left out: Ada Able." in remarks


def test_an_exercise_without_an_assignment_is_named():
    """Its points have no column."""
    extra = first(exercise="99_more", title="More to do")

    _, remarks, _ = filled(canvas, GRADEBOOK, [StudentResult("ada", (first(), extra))])

    assert "roster.csv has no column for More to do; their points are left out." in remarks


def test_points_are_scaled_to_those_of_the_assignment():
    """8 of 10 is 80 of 100, and is said."""
    hundred = GRADEBOOK.replace("10.00,20.00", "100.00,20.00")

    after, remarks, _ = filled(canvas, hundred)

    assert after[2][6] == "60"
    assert "Bounded downloads (502) counts 100 points in Canvas and 10 here: it is scaled." in remarks


def test_one_column_takes_the_sum():
    """Where the whole course is one assignment, --total names it."""
    after, _, _ = filled(canvas, GRADEBOOK, total="Essay")

    assert after[2][7] == "14.67"
    assert after[4][7] == ""


def test_thirds_have_two_decimals():
    """Canvas compares at two."""
    after, _, _ = filled(canvas, GRADEBOOK, [StudentResult("ada", (first(earned=5 / 3),))])

    assert after[2][5] == "1.67"


def test_separator_line_ends_and_byte_order_mark_stay():
    """A gradebook for a spreadsheet in another language comes back as it was."""
    roster = "\ufeff" + GRADEBOOK.replace(",,", ";;").replace(",", ";").replace("\n", "\r\n")
    text = "".join(piece for file in canvas(CLASS, Options(roster=sheet(roster, "r"))) for piece in file.pieces)

    assert text.startswith("\ufeffStudent;ID;")
    assert text.count("\r\n") == text.count("\n") == GRADEBOOK.count("\n")


@pytest.mark.parametrize(
    ("roster", "said"),
    [
        ("a,b\n1,2\n", "is not a gradebook that Canvas exported"),
        ("Student,ID,Section,Essay (1)\nx,1,A,\n", "No column of roster.csv is that of an exercise"),
        ("Student,ID,Section,First await (1),01 First await (2)\n", "Several columns of roster.csv fit 01_first_await"),
        ('Student,ID,"Section\n', "is no table of comma-separated values"),
        ("", "is no table of comma-separated values"),
    ],
)
def test_a_roster_that_is_none_is_refused_in_a_sentence(roster, said):
    """What is wrong, and where."""
    with pytest.raises(ExportError, match=said):
        filled(canvas, roster)


def test_canvas_needs_a_roster():
    """Its numbers cannot be guessed."""
    with pytest.raises(ExportError, match="name it with --roster"):
        canvas(CLASS, Options())


def test_a_roster_in_another_encoding_is_refused(tmp_path):
    """UTF-8 is what both systems read."""
    path = tmp_path / "roster.csv"
    path.write_bytes("Student,ID,Section\nÄda,1,A\n".encode("latin-1"))

    with pytest.raises(ExportError, match="is not UTF-8"):
        read_sheet(path)


def test_moodle_gets_its_worksheet_back_with_grades():
    """Grades and feedback are filled in; a grader's error leaves the grade as it was, and says why in the feedback."""
    after, remarks, _ = filled(moodle, WORKSHEET)

    assert [row[4] for row in after[1:]] == ["11", "11.75", ""]
    assert after[1][:4] == ["Participant 101", "Ada Able", "ada@x.test", "Submitted for grading"]
    assert after[1][7] == "Thursday, 1 October 2026, 12:00 PM"
    assert "these points are not final" in after[3][9]
    assert "The grader failed at work of cleo: their grades stay as they were; grade again." in remarks


@pytest.mark.parametrize(
    ("name", "ident"), [("x", "101"), ("ADA@x.test", ""), ("ada able", ""), ("Participant 101", "")]
)
def test_moodle_knows_a_student_by_identifier_address_or_name(name, ident):
    """The number in a download's folder names is that of the worksheet."""
    after, _, _ = filled(moodle, WORKSHEET, [StudentResult(name, (first(), downloads()), ident)])

    assert (after[1][4], after[2][4]) == (("11", "3.00") if name != "Participant 101" else ("", "3.00"))


def test_feedback_in_moodle_is_html_that_shows_text():
    """Its editor takes HTML: a submission's words are no markup."""
    late = first(late="<script>alert(1)</script>")

    after, _, _ = filled(moodle, WORKSHEET, [StudentResult("x", (late,), "101")])

    assert after[1][9] == "First await: 5 of 5 points<br>&lt;script&gt;alert(1)&lt;/script&gt;"


def test_more_than_moodle_s_maximum_is_said():
    """Moodle would skip the grade without a word."""
    more = first(adjustment=3.0)

    _, remarks, _ = filled(moodle, WORKSHEET, [StudentResult("x", (more,), "101")])

    assert remarks == ["Moodle refuses more than the maximum, which its assignment must raise for x."]


def test_a_worksheet_in_another_language_is_refused():
    """Moodle finds the columns by their headings."""
    with pytest.raises(ExportError, match="with Moodle in English"):
        filled(moodle, WORKSHEET.replace("Identifier", "Bezeichner"))


def test_moodle_s_gradebook_has_grades_beside_their_feedback():
    """Feedback that is imported without its grades loses them."""
    text = "".join(file.text() for file in moodle([*CLASS, StudentResult("z@x.test", (first(),))], Options()))
    rows = list(csv.DictReader(io.StringIO(text)))

    headings = list(rows[0])
    assert headings[:4] == ["Email address", "ID number", "First await", "First await (feedback)"]
    assert [(row["Email address"], row["ID number"], row["Bounded downloads"], row["Total"]) for row in rows] == [
        ("", "ada", "6", "11"),
        ("", "bob", "7.25", "11.75"),
        ("", "cleo", "", ""),
        ("z@x.test", "", "", "5"),
    ]
