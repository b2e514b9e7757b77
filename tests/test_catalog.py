"""Claims about exercises on disk."""

from pathlib import Path

import pytest

from grader.catalog import CatalogError, course_root

TOML = "exercises/12_bounded_downloads/exercise.toml"


def error_of(course_builder, toml):
    course_builder.add("12_bounded_downloads", toml)
    with pytest.raises(CatalogError) as error:
        course_builder.load()
    return str(error.value)


def test_exercises_come_in_the_order_of_their_numbers(course_builder):
    """Folder numbers give the order, so no second list can disagree."""
    for name in ("12_bounded_downloads", "01_first_await", "04_first_fetch"):
        course_builder.add(name)

    course = course_builder.load()

    assert [exercise.number for exercise in course.exercises] == ["01", "04", "12"]
    assert course.in_track("basics") == course.exercises
    assert course.tracks[0].title_zh == "起步"


def test_an_exercise_knows_its_files(course_builder):
    """All paths follow from the folder's name."""
    course_builder.add("12_bounded_downloads")

    exercise = course_builder.load().find("12")

    assert exercise.name == "12_bounded_downloads"
    assert exercise.points == 10.0
    assert exercise.hints == ("Who waits?", "Who is let in next?")
    assert exercise.shown(exercise.stub) == "exercises/12_bounded_downloads/bounded_downloads.py"
    assert exercise.shown(exercise.examples) == "exercises/12_bounded_downloads/test_bounded_downloads.py"
    assert exercise.shown(exercise.hidden_suite) == "tests/hidden/12_bounded_downloads"
    assert exercise.shown(exercise.solution) == "solutions/12_bounded_downloads/bounded_downloads.py"
    assert exercise.alternatives == ()
    assert exercise.mistakes == ()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("hint = []", f"{TOML}: unknown key 'hint' (did you mean 'hints'?)"),
        ("zzz = 1", f"{TOML}: unknown key 'zzz'"),
        ("limits.cpu_second = 1", f"{TOML}: unknown key 'limits.cpu_second' (did you mean 'cpu_seconds'?)"),
        ("limits.cpu_seconds = 'x'", f"{TOML}: key 'limits.cpu_seconds': expected float | null, got str."),
        ("title_zh = 3", f"{TOML}: key 'title_zh': expected str, got int."),
        ("limits.cpu_seconds = inf", f"{TOML}: key 'limits.cpu_seconds': expected float <= 600.0."),
        ("hints_zh = ['谁?']", f"{TOML}: 'hints_zh' must translate each of the 2 'hints'."),
    ],
)
def test_a_wrong_key_is_named_in_one_sentence(course_builder, line, sentence):
    """The message names the file and the key, and the key that was probably meant."""
    toml = (
        "title = 'T'\ntrack = 'basics'\npoints = 1\nhints = ['a', 'b']\n"
        if "hints_zh" in line
        else ("title = 'T'\ntrack = 'basics'\npoints = 1\n")
    )

    assert error_of(course_builder, toml + line) == sentence


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("title = 'T'\ntrack = 'basics'", f"{TOML}: missing key 'points'."),
        ("title = 'T'\ntrack = 'basics'\npoints = 0", f"{TOML}: key 'points': expected float > 0.0."),
        (
            "title = 'T'\ntrack = 'basic'\npoints = 1",
            f"{TOML}: unknown track 'basic' (did you mean 'basics'?)",
        ),
    ],
)
def test_a_wrong_value_is_named_in_one_sentence(course_builder, toml, sentence):
    """Missing keys, impossible points and unknown tracks are refused by name."""
    assert error_of(course_builder, toml) == sentence


def test_broken_toml_is_named_with_its_line(course_builder):
    """A file that is not TOML is refused with the place of the fault."""
    assert "exercise.toml: not valid TOML: " in (error := error_of(course_builder, "title = \n"))
    assert "line 1" in error


def test_unknown_keys_in_tracks_are_found(course_builder, write_file):
    """The course's own file is read as strictly as an exercise's."""
    write_file(course_builder.root, "exercises/course.toml", "title = 'T'\n[[tracks]]\nslugs = 'a'\n")

    with pytest.raises(CatalogError) as error:
        course_builder.load()

    assert str(error.value) == "exercises/course.toml: unknown key 'tracks[0].slugs' (did you mean 'slug'?)"


def test_limits_default_to_the_course(course_builder, write_file):
    """`cpu_seconds` is the exercise's, else the course's."""
    course_builder.add("01_first_await")
    course_builder.add("02_own_limit", "title='T'\ntrack='basics'\npoints=1\n[limits]\ncpu_seconds=9\n")
    write_file(
        course_builder.root,
        "exercises/course.toml",
        "title='T'\n[[tracks]]\nslug='basics'\ntitle='B'\n[grading]\ncpu_seconds=3.5\n",
    )

    first, second = course_builder.load().exercises

    assert (first.cpu_seconds, second.cpu_seconds) == (3.5, 9.0)


@pytest.mark.parametrize("names", [("01_first", "01_second"), ("01_same", "02_same")])
def test_twins_are_refused(course_builder, names):
    """Two exercises never share a number or a slug."""
    for name in names:
        course_builder.add(name)

    with pytest.raises(CatalogError, match="have the same (number|slug)"):
        course_builder.load()


@pytest.mark.parametrize(
    "text",
    [
        "4",
        "04",
        "first_fetch",
        "first-fetch",
        "First_Fetch.py",
        "04_first_fetch",
        "exercises/04_first_fetch/",
        "exercises/04_first_fetch/test_first_fetch.py",
        "/home/12_bounded_downloads/04_first_fetch",
    ],
)
def test_an_exercise_is_found_by_number_slug_or_path(course_builder, text):
    """Whatever names an exercise finds it, the last part of a path first."""
    course_builder.add("04_first_fetch")
    course_builder.add("12_bounded_downloads")

    assert course_builder.load().find(text).name == "04_first_fetch"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("downloads", "There is no exercise 'downloads'; near matches: 12_bounded_downloads."),
        ("first_fech", "There is no exercise 'first_fech'; near matches: 04_first_fetch."),
        ("99", "There is no exercise '99'; the numbers run from 04 to 12."),
        ("", "There is no exercise ''; the numbers run from 04 to 12."),
    ],
)
def test_an_unknown_exercise_is_answered_with_near_matches(course_builder, text, sentence):
    """A slip is answered with what was probably meant."""
    course_builder.add("04_first_fetch")
    course_builder.add("12_bounded_downloads")

    with pytest.raises(CatalogError) as error:
        course_builder.load().find(text)

    assert str(error.value) == sentence


def test_a_mistake_says_what_must_catch_it(course_builder):
    """The docstring's first line names the dimension and what is wrong."""
    course_builder.add("12_bounded_downloads")
    course_builder.mistake("12_bounded_downloads", "b.py", "correctness: loses the order.\n\nMore.", "")
    course_builder.mistake("12_bounded_downloads", "a.py", "concurrency: ignores the limit: all at once.", "")

    first, second = course_builder.load().find("12").mistakes

    assert (first.path.name, first.dimension, first.what) == (
        "a.py",
        "concurrency",
        "ignores the limit: all at once.",
    )
    assert second.what == "loses the order."


@pytest.mark.parametrize("docstring", ["Ignores the limit.", "speed: is slow.", "concurrency:", ""])
def test_a_mistake_that_names_no_dimension_is_refused(course_builder, docstring):
    """One sentence says what the first line must be, and what it is."""
    course_builder.add("12_bounded_downloads")
    course_builder.mistake("12_bounded_downloads", "a.py", docstring, "")

    with pytest.raises(CatalogError) as error:
        _ = course_builder.load().find("12").mistakes

    assert str(error.value) == (
        "solutions/12_bounded_downloads/mistakes/a.py: the docstring's first line must read 'DIMENSION: what "
        f"is wrong.' with correctness, concurrency or cancellation as DIMENSION, not {docstring!r}."
    )


def test_strays_and_missing_files_are_named(course_builder, write_file):
    """Each exercise folder holds the same files, and nothing else."""
    course_builder.add("01_first_await")
    assert course_builder.load().check_layout() == ()

    folder = course_builder.root / "exercises/01_first_await"
    (folder / "README.md").rename(folder / "README.zh-CN.md")
    write_file(folder, "notes.txt", "")
    write_file(folder, "__pycache__/first_await.pyc", "")
    write_file(course_builder.root, "solutions/09_gone/gone.py", "")
    write_file(course_builder.root, "exercises/first/first.py", "")

    assert course_builder.load().check_layout() == (
        "exercises/first belongs to no exercise.",
        "solutions/09_gone belongs to no exercise.",
        "exercises/01_first_await/README.md is missing.",
        "exercises/01_first_await/notes.txt does not belong in an exercise's folder.",
    )


def test_the_nearest_course_above_is_found(course_builder):
    """From inside an exercise the course's root is found without an option."""
    course_builder.add("01_first_await")
    inside = course_builder.root / "exercises/01_first_await"

    assert course_root(None, inside) == course_builder.root.resolve()
    assert course_root(course_builder.root) == course_builder.root


def test_no_course_is_answered_with_the_option(tmp_path):
    """Where there is no course, the error says how to name one."""
    with pytest.raises(CatalogError, match="name the course's folder with --course"):
        course_root(None, tmp_path)
    with pytest.raises(CatalogError, match=r"nowhere holds no course: exercises/course.toml is not there"):
        course_root(Path("nowhere"))
