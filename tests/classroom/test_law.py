"""Claims about the kit's law over exercises."""

import pytest

from grader.classroom.verify import verify
from grader.law import Candidate, Trial, check
from grader.records.results import TestResult

TESTS = {"test_a": "correctness", "test_b": "concurrency", "test_c": "concurrency"}


def result(name, ending="passed", *, seed=None, cause=""):
    earned = 2.0 if ending == "passed" else 0.0
    return TestResult(name, TESTS[name], 2.0, earned, ending, "A claim.", cause=cause, seed=seed)


def trial(role, path, *, dimension=None, **endings):
    """A trial in which the tests that `endings` does not name pass."""
    results = tuple(result(name, endings.get(name, "passed")) for name in TESTS)
    return Trial(Candidate(role, path, dimension), results)


SOLUTION = trial("solution", "solution.py")
STUB = trial("stub", "stub.py", test_a="rejected")
MISTAKE = trial("mistake", "ignores.py", dimension="concurrency", test_b="rejected", test_c="stuck")


def breaches(*trials):
    return check("12_x", trials).breaches


def test_a_lawful_exercise_has_no_breach():
    """The stub fails, the solution passes, the mistake is caught where it says."""
    report = check("12_x", [SOLUTION, STUB, MISTAKE])

    assert report.breaches == ()
    assert report.lawful == (True, True, True)
    assert [column.name for column in report.columns] == ["test_a", "test_b", "test_c"]


def test_columns_are_grouped_by_dimension():
    """Whatever order the suite ran in, the dimensions stand together."""
    backwards = Trial(Candidate("solution", "s.py"), tuple(map(result, ["test_b", "test_a", "test_c"])))

    assert [column.name for column in check("12_x", [backwards]).columns] == ["test_a", "test_b", "test_c"]


def test_each_point_that_a_right_way_loses_is_named():
    """The sentence names the test, how it ended, the seed and the cause."""
    results = (
        result("test_a"),
        result("test_b", "rejected", seed=7, cause="4 in flight.\nmore"),
        result("test_c"),
    )
    alternative = Trial(Candidate("alternative", "queue.py"), results)

    assert breaches(SOLUTION, alternative, STUB, MISTAKE) == (
        "queue.py loses 2 of its points: test_b rejected under seed 7 (4 in flight).",
    )


def test_a_stub_with_full_marks_is_a_breach():
    """An exercise that needs no work is none."""
    assert breaches(SOLUTION, trial("stub", "stub.py"), MISTAKE)[0] == ("stub.py is the stub, and gets full marks.")


def test_a_mistake_must_be_caught_where_it_says():
    """Points lost in another dimension do not count."""
    elsewhere = trial("mistake", "order.py", dimension="cancellation", test_b="raised", test_a="rejected")
    nowhere = trial("mistake", "fine.py", dimension="concurrency")

    assert breaches(SOLUTION, STUB, MISTAKE, elsewhere, nowhere) == (
        "order.py is not caught by a cancellation test, only by correctness and concurrency.",
        "fine.py is not caught: it gets full marks.",
    )


def test_a_test_that_nobody_fails_is_a_breach():
    """Each hidden test is there to catch something."""
    mistake = trial("mistake", "ignores.py", dimension="concurrency", test_b="rejected")

    report = check("12_x", [SOLUTION, STUB, mistake])

    assert report.breaches == ("test_c (concurrency) is failed by no mistake, and not by the stub.",)
    assert [column.failed_by_some for column in report.columns] == [True, True, False]


def test_a_grader_error_proves_nothing():
    """It is a breach by itself, and neither catches a mistake nor fails a stub."""
    mistake = trial("mistake", "ignores.py", dimension="concurrency", test_b="grader error")
    stub = trial("stub", "stub.py", test_a="grader error")

    assert breaches(SOLUTION, stub, mistake, MISTAKE) == (
        "stub.py: test_a ended in a grader error.",
        "stub.py is the stub, and gets full marks.",
        "ignores.py: test_b ended in a grader error.",
        "ignores.py is not caught: it gets full marks.",
        "test_a (correctness) is failed by no mistake, and not by the stub.",
    )


def test_a_test_that_did_not_run_is_a_breach():
    """All candidates face the same tests."""
    partial = Trial(Candidate("solution", "solution.py"), (result("test_a"), result("test_b")))
    silent = Trial(Candidate("alternative", "silent.py"), ())
    broken = Trial(Candidate("alternative", "broken.py"), (), "The worker died.")

    assert breaches(partial, silent, broken, STUB, MISTAKE) == (
        "solution.py was not judged by test_c.",
        "silent.py was judged by no test.",
        "broken.py could not be judged: The worker died.",
    )


@pytest.mark.parametrize("workers", [1, 3])
def test_exercises_are_reported_in_order(course_builder, fake_bench, workers):
    """Every file of an exercise is judged, and reports come in the course's order."""
    for name in ("01_first_await", "02_breakfast"):
        course_builder.add(name)
        course_builder.mistake(name, "waits.py", "concurrency: one after the other.", "test_downloads_overlap")
    judged = []

    reports = list(
        verify(
            course_builder.load().exercises,
            open_bench=fake_bench,
            workers=workers,
            weather_seeds=4,
            judged=lambda: judged.append(1),
        )
    )

    assert [report.exercise for report in reports] == ["01_first_await", "02_breakfast"]
    assert [trial.candidate.path for trial in reports[1].trials] == [
        "solutions/02_breakfast/breakfast.py",
        "exercises/02_breakfast/breakfast.py",
        "solutions/02_breakfast/mistakes/waits.py",
    ]
    assert [report.breaches for report in reports] == [(), ()]
    assert len(judged) == 6
    assert {job.weather_seeds for bench in fake_bench.opened for job in bench.judged} == {4}


def test_an_exercise_without_solution_or_suite_is_a_breach(course_builder, fake_bench):
    """What is missing on disk is named, and the other exercises are still judged."""
    for name in ("01_first_await", "02_breakfast", "03_complete"):
        course_builder.add(name)
    (course_builder.root / "solutions/01_first_await/first_await.py").unlink()
    (course_builder.root / "tests/hidden/02_breakfast/test_hidden.py").unlink()
    (course_builder.root / "tests/hidden/02_breakfast").rmdir()

    reports = list(verify(course_builder.load().exercises, open_bench=fake_bench, workers=1))

    assert [report.breaches for report in reports] == [
        ("solutions/01_first_await/first_await.py is missing.",),
        ("tests/hidden/02_breakfast is missing.",),
        (),
    ]


def test_a_mistake_faces_the_tests_that_are_to_catch_it(course_builder, fake_bench):
    """The others run for it only where nothing else fails them; `every_test` runs all."""
    course_builder.add("01_first_await")
    stub = course_builder.root / "exercises/01_first_await/first_await.py"
    stub.write_text("# fails: test_returns_results\n")
    fails = "test_downloads_overlap, test_leaves_nothing_running"
    course_builder.mistake("01_first_await", "waits.py", "concurrency: one after the other.", fails)
    exercises = course_builder.load().exercises

    (report,) = verify(exercises, open_bench=fake_bench, workers=1)
    asked = [job.tests for bench in fake_bench.opened for job in bench.judged]
    (whole,) = verify(exercises, open_bench=fake_bench, workers=1, every_test=True)

    assert asked == [(), (), ("test_downloads_overlap",), ("test_leaves_nothing_running",)]
    assert report.breaches == whole.breaches == ()
    assert [len(trial.results) for trial in report.trials] == [3, 3, 2]
    assert [len(trial.results) for trial in whole.trials] == [3, 3, 3]
