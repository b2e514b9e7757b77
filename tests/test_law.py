"""The kit's law holds over its own course."""

from __future__ import annotations

from pathlib import Path

from grader.catalog import Course
from grader.classroom.verify import verify
from grader.cli.running import cores
from grader.judge.bench import Bench

ROOT = Path(__file__).parents[1]


def test_the_law_holds_for_every_exercise() -> None:
    """Stubs fail, right ways get full marks, each mistake is caught as it says, each hidden test catches something."""
    course = Course.load(ROOT)

    reports = list(verify(course.exercises, open_bench=lambda: Bench(ROOT, walls="limits"), workers=cores()))

    assert [breach for report in reports for breach in report.breaches] == []
    assert len(reports) == len(course.exercises) > 0
    assert course.strays() == ()


def test_each_exercise_has_its_alternatives_and_mistakes() -> None:
    """An exercise shows at least two other right ways and five mistakes, and gives three hints."""
    course = Course.load(ROOT)

    for exercise in course.exercises:
        assert len(exercise.alternatives) >= 2, exercise.name
        assert len(exercise.mistakes) >= 5, exercise.name
        assert len(exercise.hints) == len(exercise.hints_zh) == 3, exercise.name


def test_the_examples_pass_for_the_solution(tmp_path: Path) -> None:
    """The visible tests of each exercise pass for its solution, and fail somewhere for its stub."""
    from grader.judge.job import Job

    course = Course.load(ROOT)
    with Bench(ROOT) as bench:
        for exercise in course.exercises:
            endings = {}
            for path in (exercise.solution, exercise.stub):
                suite = (str(exercise.examples),)
                job = Job(exercise.name, suite, exercise.slug, path.read_bytes(), 10.0, None, exercise.cpu_seconds)
                endings[path] = {outcome.ending for outcome in bench.judge(job)}

            assert endings[exercise.solution] == {"passed"}, exercise.name
            assert endings[exercise.stub] != {"passed"}, exercise.name
