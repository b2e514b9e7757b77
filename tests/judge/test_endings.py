"""Failures of every kind end in one sentence, and the next submission is unaffected."""

from __future__ import annotations

import pytest

from tests.judge.conftest import JudgeSource

SUITE = '''
@pytest.mark.correctness
async def test_answer(student):
    """The answer is 42."""
    assert await student.answer() == 42
'''

RIGHT = "async def answer():\n    return 42\n"

ENDINGS = {
    "right": (RIGHT, "passed", ""),
    "wrong value": ("async def answer():\n    return 41\n", "rejected", ""),
    "syntax error": ("async def answer(:\n    return 42\n", "raised", "The file has a syntax error in line 1"),
    "import error": ("import nowhere\n", "raised", "cannot be imported in line 1: ModuleNotFoundError"),
    "error at import": ("x = 1 / 0\n", "raised", "cannot be imported in line 1: ZeroDivisionError"),
    "missing function": ("async def anwser():\n    return 42\n", "raised", "probe.py defines no 'answer'"),
    "empty file": ("\n", "raised", "probe.py is empty"),
    "wrong signature": ("async def answer(x):\n    return 42\n", "raised", "TypeError: answer() missing 1 required"),
    "plain function": ("def answer():\n    return 42\n", "rejected", "plain function was found where a coroutine"),
    "never awaited": (
        "import asyncio\nasync def inner():\n    return 42\nasync def answer():\n    inner()\n    return None\n",
        "rejected",
        "",
    ),
    "busy at import": ("while True:\n    pass\n", "stuck", "in line "),
    "busy coroutine": ("async def answer():\n    while True:\n        pass\n", "stuck", "(answer)"),
    "busy in C": ("async def answer():\n    return sum(iter(int, 1))\n", "stuck", "in line 2 (answer)"),
    "sleep(0) for ever": (
        "import asyncio\nasync def answer():\n    while True:\n        await asyncio.sleep(0)\n",
        "stuck",
        "Livelock at 0 s",
    ),
    "ticks for ever": (
        "import asyncio\nasync def answer():\n    while True:\n        await asyncio.sleep(1)\n",
        "stuck",
        "something repeats for ever",
    ),
    "deadlock": (
        "import asyncio\nasync def answer():\n    lock = asyncio.Lock()\n    await lock.acquire()\n"
        "    await lock.acquire()\n",
        "stuck",
        "Deadlock at 0 s",
    ),
    "sys.exit": ("import sys\nasync def answer():\n    sys.exit(0)\n", "raised", "ended the program with SystemExit"),
    "sys.exit at import": ("import sys\nsys.exit(0)\n", "raised", "ended the program with SystemExit"),
    "os._exit": (
        "import os\nasync def answer():\n    os._exit(0)\n",
        "raised",
        "ended its own process (exit status 0)",
    ),
    "keyboard interrupt": ("async def answer():\n    raise KeyboardInterrupt\n", "raised", "KeyboardInterrupt"),
    "raises": ("async def answer():\n    raise ValueError('no')\n", "raised", "The code raised ValueError: no."),
    "own exception": (
        "class Oops(Exception): pass\nasync def answer():\n    raise Oops('no')\n",
        "raised",
        "The code raised Oops: no.",
    ),
    "assertion of its own": ("async def answer():\n    assert 1 == 2\n", "raised", "AssertionError"),
    "skips itself": (
        "import unittest\nasync def answer():\n    raise unittest.SkipTest('x')\n",
        "raised",
        "The code raised SkipTest",
    ),
    "recursion": ("async def answer():\n    return await answer()\n", "raised", "RecursionError"),
    "crash": (
        "import ctypes\nasync def answer():\n    ctypes.string_at(0)\n",
        "raised",
        "ended by SIGSEGV",
    ),
    "100 MB of output": (
        "async def answer():\n    for _ in range(100):\n        print('x' * 2**20)\n    return 42\n",
        "raised",
        "printed more than 4 MiB",
    ),
    "value that may not cross": (
        "import sys\nasync def answer():\n    return object\n",
        "rejected",
        "",
    ),
    "infinite generator as value": (
        "async def answer():\n    x = []\n    x.append(x)\n    return x\n",
        "raised",
        "nested more than 100 levels deep",
    ),
    "memory": (
        "async def answer():\n    return len(bytearray(8 * 2**30))\n",
        "raised",
        "MemoryError",
    ),
    "blocks on a real lock": (
        "import _thread\nlock = _thread.allocate_lock()\nasync def answer():\n    lock.acquire()\n    lock.acquire()\n",
        "stuck",
        "waits for something that is not asynchronous",
    ),
    "reads standard input": ("async def answer():\n    return input()\n", "raised", "EOFError"),
    "closes its channel": ("import os\nasync def answer():\n    os.close(3)\n", "raised", ""),
    "not UTF-8": (b"x = '\xff'\n", "raised", "probe.py is not UTF-8 text (line 1)"),
    "lies about equality": (
        "class Liar(int):\n    def __eq__(self, other):\n        return True\n"
        "async def answer():\n    return Liar(7)\n",
        "rejected",
        "",
    ),
}

#: Those whose cause is told to students at every level that has sentences: nothing of the test had reached them.
NEVER_BEGAN = {"syntax error", "import error", "error at import", "missing function", "empty file", "not UTF-8"}


@pytest.mark.parametrize("case", list(ENDINGS))
def test_each_failure_ends_in_a_sentence(judge: JudgeSource, case: str) -> None:
    """Whatever a submission does, its ending and cause say so, and a right one passes straight after it."""
    source, ending, cause = ENDINGS[case]

    (outcome,) = judge(SUITE, source)
    (next_one,) = judge(SUITE, RIGHT)

    assert (outcome.ending, next_one.ending) == (ending, "passed")
    assert cause in outcome.cause
    assert outcome.public == (case in NEVER_BEGAN)
    assert "\n" not in outcome.cause
    assert "grader/" not in outcome.cause


def test_a_source_of_five_megabytes_is_judged(judge: JudgeSource) -> None:
    """A source of 5 MB is loaded or refused, and harms nobody."""
    (outcome,) = judge(SUITE, "x = 1\n" * 900_000 + RIGHT)

    assert outcome.ending in ("passed", "stuck", "raised")


def test_a_swallowed_cancellation_is_seen(judge: JudgeSource) -> None:
    """A submission that swallows its cancellation returns where CancelledError is due."""
    suite = '''
@pytest.mark.cancellation
async def test_cancelled(student):
    """Cancelling the call cancels it."""
    call = asyncio.create_task(student.wait())
    await asyncio.sleep(1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
'''
    source = (
        "import asyncio\nasync def wait():\n    try:\n        await asyncio.sleep(9)\n"
        "    except BaseException:\n        pass\n"
    )

    (outcome,) = judge(suite, source)

    assert outcome.ending == "rejected"
    assert outcome.cause == "CancelledError was expected, and nothing was raised."


def test_a_never_awaited_coroutine_is_noted_with_its_line(judge: JudgeSource) -> None:
    """The notes name the coroutine and the line in which it was made."""
    source, _, _ = ENDINGS["never awaited"]

    (outcome,) = judge(SUITE, source)

    assert any("coroutine 'inner' was never awaited" in note and "(line 5)" in note for note in outcome.notes)


def test_a_fault_cannot_be_caught_by_a_test_that_expects_exceptions(judge: JudgeSource) -> None:
    """A submission that dies does not pass a test that expects any exception."""
    suite = '''
@pytest.mark.correctness
async def test_fails(student):
    """It fails."""
    with pytest.raises(BaseException):
        await student.answer()
'''

    (outcome,) = judge(suite, "import os\nasync def answer():\n    os._exit(0)\n")

    assert outcome.ending == "raised"


def test_an_error_in_the_suite_is_a_grader_error_only_when_it_is_ours(judge: JudgeSource) -> None:
    """A test that looks into a wrong answer rejects it; the answer's form is named."""
    suite = '''
@pytest.mark.correctness
async def test_form(student):
    """The answer has a `total`."""
    assert (await student.answer()).total == 1
'''

    (outcome,) = judge(suite, "async def answer():\n    return None\n")

    assert outcome.ending == "rejected"
    assert "does not have the form" in outcome.cause


def test_what_the_network_said_during_the_import_is_not_public(judge: JudgeSource) -> None:
    """A file whose import asks the test's server first could put the answer into its exception."""
    suite = '''
@pytest.fixture
def told(http):
    http.get("https://shop.test/", body="hidden")

@pytest.mark.correctness
async def test_answer(told, student):
    """The answer is 42."""
    assert await student.answer() == 42
'''
    source = """
import asyncio
import aiohttp

async def ask():
    async with aiohttp.request("GET", "https://shop.test/") as response:
        raise ValueError(await response.text())

asyncio.run(ask())
"""
    (outcome,) = judge(suite, source)

    assert outcome.cause.endswith("ValueError: hidden")
    assert not outcome.public
