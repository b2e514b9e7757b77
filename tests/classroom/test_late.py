"""Claims about lateness: what it takes, from whom, and in which words."""

import re
import tomllib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import grader.cli
import grader.cli.running
from grader.catalog import CatalogError, Course, Late
from grader.classroom.grade import grade
from grader.classroom.late import Penalty, penalty, read_extensions
from grader.classroom.pool import on_benches

DUE = datetime(2026, 10, 1, 23, 59, tzinfo=timezone(timedelta(hours=2)))
DAILY = Late(rule="per-day", rate=0.1, at_most=0.5, grace_minutes=15)
HOURLY = Late(rule="per-hour", rate=0.05)
CUT_OFF = Late(rule="cut-off", grace_minutes=5)
TOML = "exercises/course.toml"


def after(**time):
    return DUE + timedelta(**time)


@pytest.mark.parametrize(
    ("late", "handed_in", "expected"),
    [
        (DAILY, after(hours=-1), Penalty()),
        (DAILY, DUE, Penalty()),
        (DAILY, DUE.astimezone(UTC), Penalty()),
        (
            DAILY,
            after(minutes=15),
            Penalty(0.0, "Handed in 15 min after the deadline of 2026-10-01 23:59+02:00, within the grace period."),
        ),
        (
            DAILY,
            after(minutes=15, microseconds=1),
            Penalty(
                0.93,
                "Handed in 15 min after the deadline of 2026-10-01 23:59+02:00: 10% for each day begun. 0.93 of the "
                "9.3 points earned are taken.",
            ),
        ),
        (
            DAILY,
            after(days=1),
            Penalty(
                0.93,
                "Handed in 1 d after the deadline of 2026-10-01 23:59+02:00: 10% for each day begun. 0.93 of the "
                "9.3 points earned are taken.",
            ),
        ),
        (
            DAILY,
            after(days=1, hours=3),
            Penalty(
                1.86,
                "Handed in 1 d 3 h after the deadline of 2026-10-01 23:59+02:00: 10% for each day begun. 1.86 of the "
                "9.3 points earned are taken.",
            ),
        ),
        (
            DAILY,
            after(days=40),
            Penalty(
                4.65,
                "Handed in 40 d after the deadline of 2026-10-01 23:59+02:00: 10% for each day begun, 50% at most. "
                "4.65 of the 9.3 points earned are taken.",
            ),
        ),
        (
            HOURLY,
            after(seconds=1),
            Penalty(
                0.46,
                "Handed in 1 s after the deadline of 2026-10-01 23:59+02:00: 5% for each hour begun. 0.46 of the "
                "9.3 points earned are taken.",
            ),
        ),
        (
            HOURLY,
            after(days=1),
            Penalty(
                9.3,
                "Handed in 1 d after the deadline of 2026-10-01 23:59+02:00: 5% for each hour begun, 100% at most. "
                "9.3 of the 9.3 points earned are taken.",
            ),
        ),
        (
            CUT_OFF,
            after(hours=1),
            Penalty(
                9.3,
                "Handed in 1 h after the deadline of 2026-10-01 23:59+02:00: nothing counts after the deadline. "
                "9.3 of the 9.3 points earned are taken.",
            ),
        ),
        (DAILY, None, Penalty(0.0, "It is not known when this was handed in. Nothing is taken for lateness.")),
        (Late(), after(days=9), Penalty()),
        (Late(), None, Penalty()),
    ],
)
def test_each_rule_takes_what_it_says(late, handed_in, expected):
    """To the hundredth, at the very edges, and in one sentence."""
    assert penalty(9.3, handed_in, late, DUE) == expected


def test_without_a_deadline_nothing_is_late():
    """And nothing is said of it."""
    assert penalty(9.3, None, DAILY, None) == Penalty()
    assert penalty(9.3, after(days=9), DAILY, None, after(days=1)) == Penalty()


def test_an_extension_moves_the_deadline_and_never_back():
    """It is said that it was extended; an earlier time changes nothing."""
    assert penalty(10, after(days=3), CUT_OFF, DUE, after(days=3)) == Penalty()
    assert penalty(10, after(days=4), DAILY, DUE, after(days=3)) == Penalty(
        1.0,
        "Handed in 1 d after the extended deadline of 2026-10-04 23:59+02:00: 10% for each day begun. 1 of the 10 "
        "points earned are taken.",
    )
    assert penalty(10, DUE, CUT_OFF, DUE, after(days=-3)) == Penalty()


def test_what_is_known_instead_of_a_time_is_said():
    """A mark of the course system is repeated, and takes nothing."""
    assert penalty(10, None, CUT_OFF, DUE, remark="Canvas marks it as late.").sentence == (
        "Canvas marks it as late. Nothing is taken for lateness."
    )


@given(
    st.integers(0, 100_000).map(lambda hundredths: hundredths / 100),
    st.floats(0.001, 1),
    st.floats(0.001, 1),
    st.timedeltas(timedelta(), timedelta(days=400)),
    st.timedeltas(timedelta(), timedelta(days=9)),
)
def test_a_penalty_is_never_more_than_was_earned_and_grows_with_time(earned, rate, at_most, over, more):
    """Whatever the numbers are."""
    late = Late(rule="per-day", rate=rate, at_most=at_most)
    first, second = (penalty(earned, DUE + each, late, DUE).points for each in (over, over + more))

    assert 0 <= first <= second <= earned
    assert second <= earned * at_most + 1e-9
    assert round(first, 2) == first


def test_the_rule_in_the_readme_is_one():
    """The example that instructors copy holds for the course as it is."""
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    example = re.search(r"```toml\n(\[late\].*?)```", readme, re.DOTALL)
    late = msgspec.convert(tomllib.loads(example[1])["late"], Late)

    assert (late.rule, late.rate, late.at_most, late.grace_minutes) == ("per-day", 0.1, 0.5, 15)
    Course.load(Path(__file__).parents[2]).check_dated(late.deadlines, "README.md")


COURSE = "title='T'\n[[tracks]]\nslug='basics'\ntitle='B'\n[late]\n"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("rules = 'none'", "unknown key 'late.rules' (did you mean 'rule'?)"),
        ("rule = 'weekly'", "key 'late.rule': invalid enum value 'weekly'."),
        ("rule = 'per-day'", "key 'late': rule 'per-day' needs a 'rate', such as 0.1."),
        ("rule = 'per-day'\nrate = 10", "key 'late.rate': expected float <= 1.0."),
        ("rule = 'cut-off'\nrate = 0.1", "key 'late': 'rate' means nothing with the rule 'cut-off'."),
        ("at_most = 0.1", "key 'late': 'at_most' means nothing with the rule 'none'."),
        ("grace_minutes = -1", "key 'late.grace_minutes': expected float >= 0.0."),
        (
            "[late.deadlines]\nbasics = 2026-10-01T23:59:00",
            "key 'late': the deadline of 'basics' needs an offset, such as 2026-10-01T23:59:00+02:00.",
        ),
        (
            "[late.deadlines]\nbasic = 2026-10-01T23:59:00Z",
            "key 'late.deadlines': 'basic' is no exercise and no track (did you mean 'basics'?).",
        ),
    ],
)
def test_a_wrong_rule_is_named_in_one_sentence(course_builder, write_file, lines, sentence):
    """The file, the key, and what is wrong with it."""
    write_file(course_builder.root, TOML, COURSE + lines)

    with pytest.raises(CatalogError) as error:
        course_builder.load()

    assert str(error.value) == f"{TOML}: {sentence}"


@pytest.fixture
def course(course_builder, write_file):
    """A course with a deadline for its track and a later one for one exercise."""
    course_builder.add("01_first_await")
    course_builder.add("12_bounded_downloads")
    rule = (
        "rule='per-day'\nrate=0.1\n[late.deadlines]\n"
        "basics=2026-10-01T00:00:00Z\n12_bounded_downloads=2026-10-03T00:00:00Z\n"
    )
    write_file(course_builder.root, TOML, COURSE + rule)
    return course_builder.load()


@pytest.fixture
def submitted(tmp_path, write_file):
    """Ada and Bob hand in all of it two days and an hour late, and Eve at a time that nobody knows."""
    folder = tmp_path / "submitted"
    for student in ("ada", "bob", "eve"):
        for name in ("first_await", "bounded_downloads"):
            write_file(folder, f"{student}/ps1/{name}.py", "")
        write_file(folder, f"{student}/ps1/timestamp.txt", "?" if student == "eve" else "2026-10-03 01:00:00 UTC")
    return folder


def test_a_class_is_graded_with_its_deadlines(course, submitted, fake_bench, tmp_path):
    """An exercise's own deadline goes before its track's, and a student's extension before both."""
    extensions = {"bob": {"basics": datetime(2026, 10, 3, tzinfo=UTC)}}

    result = grade(
        course,
        submitted,
        tmp_path / "out",
        judges=on_benches(fake_bench, 1),
        walls="none",
        extensions=extensions,
    )
    ada, bob, eve = result.students

    assert [(each.earned, each.penalty, each.score) for each in ada.exercises] == [(10, 3, 7), (10, 1, 9)]
    assert [each.penalty for each in bob.exercises] == [1, 1]
    assert [each.penalty for each in eve.exercises] == [0, 0]
    assert eve.exercises[0].late == "Its timestamp.txt holds no time. Nothing is taken for lateness."
    assert ada.exercises[0].handed_in == datetime(2026, 10, 3, 1, tzinfo=UTC)
    assert (ada.earned, ada.penalty, ada.score) == (20, 4, 16)


def test_extensions_are_read_from_a_file(course, write_file, tmp_path):
    """A table for each student, named as the results name them."""
    path = write_file(tmp_path, "extensions.toml", '["Ada Lovelace"]\nbasics = 2026-10-09T00:00:00+02:00\n')

    assert read_extensions(path, course) == {
        "Ada Lovelace": {"basics": datetime(2026, 10, 9, tzinfo=timezone(timedelta(hours=2)))}
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[ada]\nbasic = 2026-10-01T00:00:00Z", "'basic' is no exercise and no track (did you mean 'basics'?)."),
        ("[ada]\nbasics = 2026-10-01T00:00:00", "table 'ada': the time of 'basics' needs an offset."),
        ("ada = 3", "each student's table holds times such as 12_bounded_downloads = 2026-10-01T23:59:00+02:00"),
        ("[ada]\nbasics = 3", "each student's table holds times such as 12_bounded_downloads"),
        ("[ada", "not valid TOML"),
    ],
)
def test_wrong_extensions_are_named_in_one_sentence(course, write_file, tmp_path, text, sentence):
    """The file, the table, and what is wrong with it."""
    with pytest.raises(CatalogError, match=r"^extensions\.toml: ") as error:
        read_extensions(write_file(tmp_path, "extensions.toml", text), course)

    assert sentence in str(error.value)


def test_the_command_takes_extensions(course, submitted, fake_bench, tmp_path, write_file, monkeypatch):
    """And says whose extension met no submission, which may be a slip in a name."""
    monkeypatch.setattr(grader.cli.running, "judging", lambda course, **options: (fake_bench, "none"))
    more = write_file(tmp_path, "more.toml", "[ada]\nbasics = 2027-01-01T00:00:00Z\n[bib]\n")
    command = ["grade", str(submitted), "--out", str(tmp_path / "out"), "--extensions", str(more), "--workers", "1"]

    result = CliRunner().invoke(grader.cli.main, [*command, "--course", str(course.root)])

    assert result.exit_code == 0, result.output
    assert result.output.startswith("graded       20 of 20  ada\ngraded       16 of 20  bob\n")
    assert "* after a penalty for lateness; 4 points are taken in all." in result.output
    assert "Nothing was handed in by bib, for whom there is an extension: is the name right?" in result.output
