"""The screens of the instructor's commands, judged by benches that read their verdicts from comments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import grader.cli.running
import grader.doctor
from grader.doctor import Attack, Diagnosis, Part
from tests.conftest import CourseBuilder, FakeBench, write

FORMS = ("wide", "narrow", "colour")


@pytest.fixture
def course(
    course_builder: CourseBuilder, fake_bench: type[FakeBench], monkeypatch: pytest.MonkeyPatch
) -> CourseBuilder:
    """Two exercises with a mistake, and a class of three."""
    for name in ("01_first_await", "12_bounded_downloads"):
        course_builder.add(name)
    course_builder.mistake(
        "12_bounded_downloads", "ignores_the_limit.py", "concurrency: ignores it.", "test_downloads_overlap"
    )
    overlap, leaves = "# fails: test_downloads_overlap", "# fails: test_leaves_nothing_running"
    for student, first, second in (("ada", "", ""), ("王小明", overlap, ""), ("grace", "", leaves)):
        write(course_builder.root, f"class/{student}/first_await.py", first)
        write(course_builder.root, f"class/{student}/bounded_downloads.py", second)
    (course_builder.root / "class/grace/first_await.py").unlink()
    monkeypatch.setattr(grader.cli.running, "judging", lambda course, **options: (fake_bench, "none"))
    monkeypatch.chdir(course_builder.root)
    return course_builder


def _lawful(course: CourseBuilder) -> None:
    """Both of the mistakes are caught."""
    course.mistake("01_first_await", "leaks.py", "cancellation: leaves tasks.", "test_leaves_nothing_running")
    course.mistake("12_bounded_downloads", "leaks.py", "cancellation: leaves tasks.", "test_leaves_nothing_running")


def _broken(course: CourseBuilder) -> None:
    """A mistake that is not caught, a solution that loses points, a file that belongs to nothing."""
    course.mistake("01_first_await", "is_fine.py", "correctness: is not wrong at all.", "")
    write(course.root, "solutions/12_bounded_downloads/bounded_downloads.py", "# fails: test_returns_results")
    write(course.root, "solutions/09_gone/gone.py", "")


SCENES: dict[str, tuple[str, Callable[[CourseBuilder], None]]] = {
    "verify_lawful": ("verify", _lawful),
    "verify_broken": ("verify", _broken),
    "grade": ("grade class --out results", lambda course: None),
    "grade_nothing_there": ("grade nowhere --out results", lambda course: None),
    "grade_into_the_class": ("grade class --out class/results", lambda course: None),
}


@pytest.mark.parametrize(("name", "form"), [(name, form) for name in SCENES for form in FORMS])
def test_the_screen_is_as_kept(
    name: str,
    form: str,
    course: CourseBuilder,
    screen: Callable[..., str],
    matches_golden: Callable[[str, str], None],
) -> None:
    """Matrix, scoreboard and errors; where the results are is told with this system's separators."""
    arguments, prepare = SCENES[name]
    prepare(course)

    matches_golden(f"{name}_{form}.txt", screen(form, *arguments.split()).replace("results\\", "results/"))


@pytest.mark.parametrize("name", SCENES)
def test_instructors_are_spoken_to_in_english(
    name: str, course: CourseBuilder, screen: Callable[..., str], matches_golden: Callable[[str, str], None]
) -> None:
    """Results are the same on any machine, whatever its locale."""
    arguments, prepare = SCENES[name]
    prepare(course)

    matches_golden(f"{name}_wide.txt", screen("chinese", *arguments.split()).replace("results\\", "results/"))


DIAGNOSES = {
    "doctor_good": Diagnosis(
        parts=(
            Part("Python", True, "3.13.2 on Linux 6.8.0"),
            Part("fork", True, "a child for each test"),
            Part("Landlock", True, "version 4"),
            Part("seccomp", True, "x86_64"),
            Part("namespaces", True, "user, process, network, ipc, mount, uts"),
            Part("bubblewrap", False, "not installed"),
            Part("cgroups", False, "not delegated to this user"),
        ),
        level="isolated",
        attacks=(
            Attack("reads a file of the system", True, "PermissionError: [Errno 13] Permission denied: '/etc/passwd'"),
            Attack("forks", True, "The process of the code was ended by SIGSYS."),
        ),
        advice=("Install bubblewrap: sudo apt-get install bubblewrap",),
    ),
    "doctor_bad": Diagnosis(
        parts=(
            Part("Python", True, "3.13.2 on Darwin 24.3.0"),
            Part("fork", False, "a fresh interpreter for each test"),
            Part("Landlock", False, "not in this kernel"),
        ),
        level="none",
        attacks=(Attack("reads a file of the system", False, "root:x:0:0:root:/root:/bin/sh"),),
        advice=("Official grading needs Linux; on this system use WSL 2, a container or CI.",),
    ),
}


@pytest.mark.parametrize(("name", "form"), [(name, form) for name in DIAGNOSES for form in FORMS])
def test_the_diagnosis_is_as_kept(
    name: str,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
    screen: Callable[..., str],
    matches_golden: Callable[[str, str], None],
) -> None:
    """What `grader doctor` says of a machine that can grade, and of one that cannot."""
    monkeypatch.setattr(grader.doctor, "examine", lambda: DIAGNOSES[name])

    matches_golden(f"{name}_{form}.txt", screen(form, "doctor"))
