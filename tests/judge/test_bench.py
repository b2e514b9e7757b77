"""A bench outlives whatever befalls its processes, and leaves nothing behind."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

from grader.judge.bench import Bench
from grader.judge.job import BenchError

SUITE = '''
@pytest.mark.correctness
async def test_answer(student):
    """The answer is 42."""
    assert await student.answer() == 42
'''
RIGHT = "async def answer():\n    return 42\n"

#: The first children of the test are broken, as the lines of a file say, before they have read the submission.
STILLBORN = '''
import dataclasses
import os
import signal
from pathlib import Path

BREAK = {
    "killed": lambda custody: os.kill(custody.pid, signal.SIGKILL),
    # A frame that is none: the child ends with exit status 70, as when a wall cannot be raised.
    "garbled": lambda custody: custody.sock.sendall(b"\\0\\0\\0\\1!"),
    # It sleeps until the judge's patience ends.
    "stopped": lambda custody: os.kill(custody.pid, signal.SIGSTOP),
    "": lambda custody: None,
}


@pytest.mark.correctness
async def test_answer(trial):
    """The answer is 42."""
    todo = Path(__file__).with_name("todo")
    now, _, later = todo.read_text().partition("\\n")
    todo.write_text(later)
    start = trial._brought.launcher.start

    class Midwife:
        def start(self, *, cpu_seconds):
            custody = start(cpu_seconds=cpu_seconds)
            BREAK[now](custody)
            return custody

    trial._brought = dataclasses.replace(trial._brought, launcher=Midwife())
    assert await (await trial.student()).answer() == 42
'''


@pytest.fixture
def own_bench(bench):
    """A bench of this test's own, in the same course."""
    with Bench(bench[1]) as made:
        yield made


def children(pid):
    """The processes that `pid` has started and that are still there."""
    # Any thread of a process may have started them.
    lists = sorted(Path(f"/proc/{pid}/task").glob("*/children"))
    return [int(word) for path in lists for word in path.read_text().split()]


def descendants(pid):
    return [each for child in children(pid) for each in (child, *descendants(child))]


def test_a_worker_that_is_killed_is_a_bench_error_and_is_replaced(judge, own_bench):
    """The job that finds its worker dead fails with a sentence; the next one is judged."""
    before = judge(SUITE, RIGHT, bench=own_bench)
    os.kill(own_bench._process.pid, signal.SIGKILL)
    with pytest.raises(BenchError, match="The worker that judged this submission has died"):
        judge(SUITE, RIGHT, bench=own_bench)

    assert judge(SUITE, RIGHT, bench=own_bench) == before


def test_a_zygote_that_is_killed_is_replaced(judge, own_bench):
    """When the warm zygote is gone, the next job starts another."""
    before = judge(SUITE, RIGHT, bench=own_bench)
    (zygote,) = children(own_bench._process.pid)
    os.kill(zygote, signal.SIGKILL)

    assert judge(SUITE, RIGHT, bench=own_bench) == before


def test_nothing_is_left_behind(judge, own_bench):
    """After fifty tests, failing ones among them, the worker has the descriptors and processes of before."""
    sources = [
        RIGHT,
        "async def answer():\n    raise ValueError\n",
        "import os\nasync def answer():\n    os._exit(1)\n",
        "import asyncio\nasync def answer():\n    await asyncio.Event().wait()\n",
        "1 / 0\n",
    ]
    judge(SUITE, RIGHT, bench=own_bench)
    pid = own_bench._process.pid
    processes = [each for each in descendants(pid) if not _is_ending(each)]
    descriptors = len(os.listdir(f"/proc/{pid}/fd"))
    for n in range(50):
        judge(SUITE, sources[n % len(sources)], bench=own_bench)

    assert len(os.listdir(f"/proc/{pid}/fd")) == descriptors
    assert [each for each in descendants(pid) if each in processes or not _is_ending(each)] == processes


def _is_ending(pid):
    """Whether a process is gone or a zombie, or soon will be: a zygote ends a moment after its last job."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_closing_a_bench_ends_all_of_its_processes(judge, own_bench):
    """Worker, zygote and children are gone once the bench is closed, and closing again is harmless."""
    judge(SUITE, RIGHT, bench=own_bench)
    pid = own_bench._process.pid
    everything = [pid, *descendants(pid)]
    own_bench.close()
    own_bench.close()

    assert len(everything) >= 2
    assert all(_is_ending(each) for each in everything)


REFUSED = {
    "a syntax error": ("async def test_x(:\n", "cannot be collected: E   SyntaxError"),
    "a failing import": ("import nowhere\n", "ModuleNotFoundError: No module named 'nowhere'"),
    "no test": ("x = 1\n", "holds no test"),
    "no marker": (SUITE.replace("@pytest.mark.correctness\n", ""), "test_answer: a test of a suite needs exactly one"),
    "two markers": ("\n@pytest.mark.concurrency" + SUITE, "test_answer: a test of a suite needs exactly one"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_a_suite_that_cannot_be_used_is_refused_in_a_sentence(judge, case):
    """The reason why a suite cannot be run is one line, and names the test where there is one."""
    suite, sentence = REFUSED[case]

    for _ in range(2):
        with pytest.raises(BenchError) as caught:
            judge(suite, RIGHT)

        assert sentence in str(caught.value)
        assert "\n" not in str(caught.value)


def test_tests_that_prove_nothing_earn_nothing(judge):
    """A test that is skipped, expected to fail or broken in its fixtures has not passed."""
    suite = '''
@pytest.mark.correctness
async def test_skips(student):
    """It skips."""
    pytest.skip("not today")

@pytest.mark.correctness
@pytest.mark.skip(reason="not at all")
async def test_is_skipped(student):
    """It is skipped."""

@pytest.mark.correctness
async def test_gives_up(student):
    """It is expected to fail."""
    pytest.xfail("known")

@pytest.mark.correctness
@pytest.mark.xfail
async def test_is_expected_to_fail(student):
    """It fails."""
    assert await student.answer() == 41

@pytest.mark.correctness
@pytest.mark.xfail
async def test_unexpectedly_passes(student):
    """It passes all the same."""
    assert await student.answer() == 42

@pytest.mark.correctness
async def test_asks_for_nothing_that_exists(student, nothing):
    """It asks for a fixture that does not exist."""

@pytest.mark.correctness
async def test_passes(student):
    """It passes."""
'''
    endings = {outcome.name: outcome.ending for outcome in judge(suite, RIGHT)}
    assert endings.pop("test_asks_for_nothing_that_exists") == "grader error"
    passed = [name for name, ending in endings.items() if ending == "passed"]

    assert passed == ["test_unexpectedly_passes", "test_passes"]


def test_a_plain_test_of_a_suite_is_judged_too(judge):
    """A test that is no coroutine and needs no submission runs as it is."""
    suite = '''
@pytest.mark.correctness
def test_plain():
    """Arithmetic holds."""
    assert 1 + 1 == 2
'''

    assert [outcome.ending for outcome in judge(suite, RIGHT)] == ["passed"]


def test_an_outcome_for_each_set_of_parameters(judge):
    """Parametrised tests have an outcome each, under names of their own."""
    suite = SUITE.replace("(student)", "(student, n)").replace(
        "@pytest.mark.correctness", "@pytest.mark.parametrize('n', [1, 2])\n@pytest.mark.correctness(points=3)"
    )
    outcomes = judge(suite, RIGHT)

    assert [(outcome.name, outcome.weight) for outcome in outcomes] == [("test_answer[1]", 3), ("test_answer[2]", 3)]


@pytest.mark.parametrize(
    ("how", "detail"), [("killed", " (SIGKILL)"), ("garbled", " (exit status 70)"), ("stopped", "")]
)
def test_a_child_that_breaks_before_the_submission_runs_is_the_graders_error(judge, bench, how, detail):
    """Broken once, nobody notices; broken twice, it is a grader error, whatever the submission would have done."""
    number = len(list(bench[1].glob("exercises/*")))
    todo = bench[1] / "tests" / "hidden" / f"{number:02}_probe" / "todo"
    todo.write_text(f"{how}\n")
    (once,) = judge(STILLBORN, RIGHT, cpu_seconds=0.2)
    todo.write_text(f"{how}\n{how}\n")
    (twice,) = judge(STILLBORN, RIGHT, cpu_seconds=0.2)

    assert once.ending == "passed", once.cause
    assert twice.ending == "grader error"
    assert twice.cause == f"The grader's sandbox broke down before any of the code ran{detail}."


def test_a_submission_cannot_claim_that_it_never_ran(judge):
    """Saying a second time that nothing has run yet breaks the rules; ending so is the submission's own end."""
    claim = (
        "import os, struct\nfrom grader.boundary.messages import Ready\nimport msgspec\n"
        "frame = msgspec.msgpack.encode(Ready())\nos.write(3, struct.pack('!I', len(frame)) + frame)\nos._exit(70)\n"
    )
    (claimed,) = judge(SUITE, claim)
    (died,) = judge(SUITE, "import os\nos._exit(70)\n")

    assert (claimed.ending, claimed.cause) == ("raised", "The code spoke to the grader out of turn.")
    assert (died.ending, died.cause) == ("raised", "The code ended its own process (exit status 70).")


def test_a_submission_that_hangs_again_and_again_gets_less_time(judge):
    """Three tests have the whole processor time of the exercise, those after them a quarter."""
    five = "@pytest.mark.parametrize('n', range(5))\nasync def test_answer(n, student"
    suite = SUITE.replace("async def test_answer(student", five)
    endless = "async def answer():\n    while True:\n        pass\n"

    causes = [outcome.cause for outcome in judge(suite, endless)]

    whole = float(re.search(r"ran for (\S+) s", causes[0])[1])
    assert [float(re.search(r"ran for (\S+) s", cause)[1]) / whole for cause in causes] == [1, 1, 1, 0.25, 0.25]
