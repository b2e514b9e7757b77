"""Where there is no `fork`, a fresh interpreter for each test gives the same outcomes."""

import signal
import socket

import pytest

from grader.judge import custody
from grader.judge.bench import Bench
from grader.judge.endings import Stuck

SUITE = '''
@pytest.mark.correctness
async def test_answer(student, http):
    """The answer is 42."""
    http.get("https://shop.test/", body="42", latency=1, repeat=True)
    assert await student.answer("https://shop.test/") == 42
'''
SOURCES = {
    "right": (
        "    async with aiohttp.ClientSession() as session, session.get(url) as response:\n"
        "        return int(await response.text())\n"
    ),
    "wrong": "    print('is it 41?')\n    await asyncio.sleep(3)\n    return 41\n",
    "raises": "    raise ValueError('no')\n",
    "hangs": "    await asyncio.Event().wait()\n",
    "exits": "    print('bye')\n    os._exit(3)\n",
    "sys.exit": "    sys.exit(1)\n",
    "prints": "    print('x' * 5_000_000)\n    return 41\n",
    "threads": "    await asyncio.gather(*(asyncio.to_thread(time.sleep, 2) for _ in range(3)))\n    return 42\n",
}


@pytest.fixture(scope="module")
def no_fork(bench):
    """A bench whose worker may not fork."""
    _, root = bench
    with pytest.MonkeyPatch.context() as patch, Bench(root) as made:
        patch.setenv("GRADER_NO_FORK", "1")
        yield made


@pytest.mark.parametrize("case", list(SOURCES))
def test_outcomes_are_those_of_a_forked_child(judge, no_fork, case):
    """Ending, cause, notes and trace are the same, whatever the submission does."""
    source = f"import asyncio, os, sys, time\nimport aiohttp\n\nasync def answer(url):\n{SOURCES[case]}"
    forked, spawned = judge(SUITE, source), judge(SUITE, source, bench=no_fork)

    assert spawned == forked


def test_a_submission_that_never_awaits_is_stuck(judge, no_fork):
    """Code that keeps the event loop is ended there too, with its line where the system can tell it."""
    source = "async def answer(url):\n    print('before')\n    while True:\n        pass\n"

    (outcome,) = judge(SUITE, source, bench=no_fork)

    assert outcome.ending == "stuck"
    assert "never given back" in outcome.cause
    assert outcome.printed == ("      0 s │ before",)
    if hasattr(signal, "SIGUSR1"):
        assert outcome.line == 3


def test_real_time_ends_a_turn_where_processor_time_is_unknown(monkeypatch):
    """Windows and macOS do not tell what another process has used: a turn of a child that says nothing ends."""
    monkeypatch.setattr(custody.Custody, "_cpu", lambda self: None)
    monkeypatch.setattr(custody, "WALL_SECONDS", 0.01)
    ours, theirs = socket.socketpair()
    with theirs:
        child = custody.Custody(0, ours, output=None, exit_code=lambda: None, kill=lambda: None, cpu_seconds=2)
        child.begin_turn()

        with pytest.raises(Stuck) as stuck:
            child.wait_readable()
        child.end()

    assert stuck.value.cause == "The event loop was never given back: the code gave no answer."
