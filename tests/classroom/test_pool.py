"""Claims about judging on several benches."""

import threading
import time

import pytest

from grader.classroom.pool import job_for, judge_all, judge_each
from grader.judge.job import BenchError, Job


def jobs(*sources):
    return [Job("12_x", ("suite",), "x", source.encode(), 10.0, None, 2.0) for source in sources]


def test_a_job_is_made_from_an_exercise(course_builder):
    """The job holds all that the bench needs, and nothing else of the catalog."""
    course_builder.add("12_bounded_downloads")
    exercise = course_builder.load().find("12")

    assert job_for(exercise, b"x", weather_seeds=5) == Job(
        exercise="12_bounded_downloads",
        suite=(str(exercise.hidden_suite),),
        module="bounded_downloads",
        source=b"x",
        points=10.0,
        weather_seeds=5,
        cpu_seconds=2.0,
        traces=False,
    )


def test_results_come_back_in_the_order_of_the_jobs(fake_bench):
    """Whichever job is done first, the order is that of the jobs."""

    class Slow(fake_bench):
        def judge(self, job):
            time.sleep(float(job.source))
            return ()

    given = jobs("0.05", "0", "0.02", "0")

    results = judge_all(given, Slow, workers=3)

    assert [result.index for result in results] == [0, 1, 2, 3]
    assert [result.job for result in results] == given


def test_each_thread_opens_one_bench_and_closes_it(fake_bench):
    """Benches are as many as threads that had work, and none is left open."""
    judge_all(jobs("a", "b", "c", "d"), fake_bench, workers=2)

    assert 1 <= len(fake_bench.opened) <= 2
    assert sum(len(bench.judged) for bench in fake_bench.opened) == 4
    assert all(bench.closed for bench in fake_bench.opened)


def test_no_jobs_open_no_bench(fake_bench):
    """Benches are opened when they are needed."""
    assert judge_all([], fake_bench, workers=4) == ()
    assert fake_bench.opened == []


def test_a_failing_bench_is_replaced_once(fake_bench):
    """A job is tried again on a fresh bench, and then is the grader's error; others go on."""
    first, broken, last = judge_all(jobs("", "# breaks the bench", ""), fake_bench, workers=1)

    assert (first.problem, last.problem) == ("", "")
    assert (broken.outcomes, broken.problem) == ((), "The bench's worker died.")
    assert [len(bench.judged) for bench in fake_bench.opened] == [2, 1, 1]
    assert all(bench.closed for bench in fake_bench.opened)


def test_a_bench_that_recovers_leaves_no_trace(fake_bench):
    """Where the second attempt succeeds, its outcomes are the result."""

    class FailsOnce(fake_bench):
        def judge(self, job):
            if len(fake_bench.opened) == 1:
                raise BenchError("The first bench is broken.")
            return super().judge(job)

    (judged,) = judge_all(jobs(""), FailsOnce, workers=1)

    assert judged.problem == ""
    assert len(judged.outcomes) == 3


def test_a_bench_that_cannot_open_is_the_graders_error(fake_bench):
    """An error while opening counts like one while judging."""

    def open_bench():
        raise BenchError("No sandbox on this machine.")

    (judged,) = judge_all(jobs(""), open_bench, workers=1)

    assert judged.problem == "No sandbox on this machine."


def test_an_unexpected_error_reaches_the_caller(fake_bench):
    """A bug is not taken for a verdict, and nobody waits for the job that it lost."""

    class Buggy(fake_bench):
        def judge(self, job):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        judge_all(jobs("", "", ""), Buggy, workers=2)
    assert all(bench.closed for bench in fake_bench.opened)


def test_a_caller_that_stops_early_leaves_nothing_behind(fake_bench):
    """Jobs that were not begun are dropped, and the benches are closed."""
    results = judge_each(jobs(*"abcdefgh"), fake_bench, workers=1)

    next(results)
    results.close()

    assert all(bench.closed for bench in fake_bench.opened)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("bench")]
