"""What a submission prints and logs is told with the virtual time in front, whatever becomes of the submission."""

from __future__ import annotations

import textwrap

import pytest

from tests.judge.conftest import JudgeSource

SUITE = '''
@pytest.mark.correctness
async def test_answer(student):
    """The answer is 42."""
    assert await student.answer() == 42
'''

PRINTED = {
    "each line with its time": (
        """
        print("begin")
        await asyncio.sleep(1.5)
        print("got", 3, "posters")
        """,
        ["      0 s │ begin", "    1.5 s │ got 3 posters"],
    ),
    "a line of several parts has the time of its beginning": (
        """
        print("got", end=" ")
        await asyncio.sleep(0.25)
        print("3")
        print("open", end="")
        """,
        ["      0 s │ got 3", "   0.25 s │ open"],
    ),
    "several lines at once": (
        """
        print("first\\nsecond\\n\\nfourth")
        print()
        """,
        ["      0 s │ first", "      0 s │ second", "      0 s │ ", "      0 s │ fourth", "      0 s │ "],
    ),
    "an hour": ("await asyncio.sleep(3600)\nprint('late')", ["   3600 s │ late"]),
    "standard error": ("print('oh', file=sys.stderr)", ["      0 s │ oh"]),
    "a thread": (
        "await asyncio.to_thread(lambda: (time.sleep(2), print('slept')))",
        ["      2 s │ slept"],
    ),
    "logging from INFO on": (
        """
        logger = logging.getLogger("shop")
        logger.debug("hidden")
        await asyncio.sleep(1)
        logger.info("limit %d", 3)
        logger.warning("slow")
        """,
        ["      1 s │ INFO:shop:limit 3", "      1 s │ WARNING:shop:slow"],
    ),
    "logging that the submission sets up": (
        """
        logging.basicConfig(level=logging.DEBUG, format="%(message)s")
        logging.debug("shown")
        """,
        ["      0 s │ shown"],
    ),
    "the last lines of many": (
        "for n in range(30):\n    print(n)",
        ["… 10 lines before", *(f"      0 s │ {n}" for n in range(10, 30))],
    ),
    "a long line": ("print('x' * 1000)", [f"      0 s │ {'x' * 187}…"]),
    "beneath Python": ("os.write(1, b'raw\\n')", ["raw"]),
}


def source_of(body: str) -> str:
    head = "import asyncio, logging, os, sys, time\n\nasync def answer():\n"
    return head + textwrap.indent(textwrap.dedent(body), "    ") + "\n"


@pytest.mark.parametrize("case", list(PRINTED))
def test_what_is_printed_is_told_with_the_time(judge: JudgeSource, case: str) -> None:
    """Each line has the virtual time at which it was begun; more than anyone reads is left out."""
    body, expected = PRINTED[case]

    (outcome,) = judge(SUITE, source_of(body))

    assert list(outcome.printed) == expected
    assert outcome.notes == ()


@pytest.mark.parametrize(
    ("end", "ending"),
    [
        ("return 42", "passed"),
        ("raise ValueError", "raised"),
        ("os._exit(3)", "raised"),
        ("sys.exit(3)", "raised"),
        ("await asyncio.Event().wait()", "stuck"),
        ("while True: pass", "stuck"),
        ("__import__('ctypes').string_at(0)", "raised"),
    ],
)
def test_whatever_the_ending_it_is_told(judge: JudgeSource, end: str, ending: str) -> None:
    """What was printed before the end is whole, and nothing of the kit's is in it."""
    (outcome,) = judge(SUITE, source_of(f"print('before')\n{end}"))

    assert (outcome.ending, outcome.printed) == (ending, ("      0 s │ before",))


def test_what_is_thrown_away_prints_nothing(judge: JudgeSource) -> None:
    """The judge's look at what is left behind runs clean-up code, whose output is no part of the run."""
    body = """
    async def wait():
        try:
            await asyncio.Event().wait()
        finally:
            print("thrown away")
    asyncio.create_task(wait())
    await asyncio.sleep(1)
    """

    (outcome,) = judge(SUITE, source_of(body))

    assert outcome.printed == ()
    assert len(outcome.notes) == 1


@pytest.mark.parametrize("statement", ["breakpoint()", "import pdb; pdb.set_trace()"])
def test_a_breakpoint_ends_the_test_with_the_way_to_debug_it(judge: JudgeSource, statement: str) -> None:
    """Nobody can answer a debugger here: the sentence names the command, and the line is that of the breakpoint."""
    source = source_of(f"try:\n    {statement}\n    x = 1\nexcept Exception:\n    pass\nreturn 42")

    (outcome,) = judge(SUITE, source)

    assert outcome.ending == "raised"
    assert outcome.cause.startswith("The code stopped at a breakpoint: run `grader check ")
    assert outcome.cause.endswith(" --debug` to debug it, or take it out.")
    assert outcome.line == 5
    assert "(Pdb)" not in "".join(outcome.printed)
