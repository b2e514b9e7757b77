"""`grader check --debug` in a real terminal: Python's debugger in the submission, with fork and without."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

STYLE = r"(?:\x1b\[[0-9;]*[A-Za-z])*"
ROOT = Path(__file__).parents[2]
PROMPT = r"\(Pdb\) "

SOURCE = """\
import asyncio
import logging

import aiohttp


async def download_all(session, urls, limit):
    logging.info("limit %d", limit)
    await asyncio.sleep(0.5)
    breakpoint()
    count = len(urls)
    print("urls:", count)
    async with session.get(urls[0]) as response:
        body = await response.read()
    print("got", len(body))
    return [body]
"""


@pytest.fixture
def course(tmp_path):
    """One exercise of the real course, with a breakpoint in the student's file."""
    exercises = tmp_path / "exercises"
    exercises.mkdir()
    shutil.copy(ROOT / "exercises/course.toml", exercises)
    shutil.copytree(ROOT / "exercises/12_bounded_downloads", exercises / "12_bounded_downloads")
    (exercises / "12_bounded_downloads/bounded_downloads.py").write_text(SOURCE)
    return tmp_path


@pytest.fixture
def grader(course):
    """Run `grader …` in a terminal of its own, in the course's folder."""
    started = []

    def run(*arguments, **environment):
        terminal = pexpect.spawn(
            sys.executable,
            ["-m", "grader", *arguments],
            cwd=str(course),
            env={**os.environ, "LANG": "en_US.UTF-8", "NO_COLOR": "1", "TERM": "xterm", **environment},
            encoding="utf-8",
            dimensions=(50, 120),
            timeout=120,
        )
        started.append(terminal)
        return terminal

    yield run
    for terminal in started:
        terminal.close(force=True)


def said(terminal):
    """What was shown before the last prompt or end, without styles."""
    return re.sub(STYLE, "", terminal.before).replace("\r\n", "\n")


def on_one_line(text):
    """A text without the breaks that the width of a terminal gave it."""
    return " ".join(text.split())


def ask(terminal, command):
    """Give the debugger a command; what it says until its next prompt."""
    terminal.sendline(command)
    terminal.expect(PROMPT)
    return said(terminal).partition("\n")[2]


@pytest.mark.parametrize("no_fork", ["", "1"], ids=["fork", "no fork"])
def test_the_debugger_steps_shows_and_goes_on(grader, no_fork):
    """n stops at the next line, an await included; p shows, c goes on; what is printed has the time in front."""
    terminal = grader("check", "12", "--debug", GRADER_NO_FORK=no_fork)

    terminal.expect(PROMPT)
    assert "the debugger opens at each `breakpoint()`" in on_one_line(said(terminal))
    assert "      0 s │ INFO:root:limit" in said(terminal)
    assert "> bounded_downloads.py(" in said(terminal)
    lines = [ask(terminal, "n") for _ in range(3)]
    assert "0.5 s │ urls: 4" in "".join(lines)
    assert ask(terminal, "p count") == "4\n"
    assert "-> count = len(urls)" not in lines[-1]
    while '-> print("got"' not in (shown := ask(terminal, "n")):
        assert "bounded_downloads.py" in shown
    terminal.sendline("c")
    terminal.expect(pexpect.EOF)
    terminal.wait()

    assert re.search(r"\d s │ got \d+", said(terminal))
    assert "rejected" in said(terminal)
    assert said(terminal).rstrip().endswith("This test does not pass yet: mend what is shown above, or debug it again.")
    assert terminal.exitstatus == 1


@pytest.mark.parametrize("key", ["q", "\x04"], ids=["q", "Ctrl-D"])
def test_leaving_the_debugger_ends_with_one_sentence(grader, key):
    """No traceback, no picture: one sentence with the next step."""
    terminal = grader("check", "12", "--debug")
    terminal.expect(PROMPT)

    terminal.sendline(key) if key == "q" else terminal.send(key)
    terminal.expect(pexpect.EOF)
    terminal.wait()

    assert said(terminal).strip().split("\n")[-1] == (
        "The debugger was left; `grader check 12` runs the tests without it."
    )
    assert "Traceback" not in said(terminal)
    assert "rejected" not in said(terminal)
    assert terminal.exitstatus == 1


def test_the_debugger_waits_as_long_as_it_takes(grader):
    """Ctrl-C at the prompt is the debugger's, and waiting there for longer than any limit is nobody's fault."""
    terminal = grader("check", "12", "--debug")
    terminal.expect(PROMPT)

    terminal.send("\x03")
    terminal.expect("--KeyboardInterrupt--")
    terminal.expect(PROMPT)
    # Elsewhere a turn may take two seconds of processor time.
    assert ask(terminal, "p sum(1 for _ in range(60_000_000))") == "60000000\n"
    assert ask(terminal, "p len(urls)") == "4\n"


def test_a_named_test_is_debugged(grader, course):
    """--test chooses it; without a breakpoint it runs to its end in asyncio's debug mode."""
    (course / "exercises/12_bounded_downloads/bounded_downloads.py").write_text(
        "import asyncio\n\n\nasync def download_all(session, urls, limit):\n"
        "    print('debug:', asyncio.get_running_loop().get_debug())\n    return []\n"
    )
    examples = (course / "exercises/12_bounded_downloads/test_bounded_downloads.py").read_text()
    name = re.findall(r"async def (test_\w+)", examples)[-1]

    terminal = grader("check", "12", "--debug", "--test", name)
    terminal.expect(pexpect.EOF)

    assert f"{name}: the debugger opens" in on_one_line(said(terminal))
    assert "0 s │ debug: True" in said(terminal)


def test_a_breakpoint_elsewhere_says_how_to_debug(grader):
    """A check without --debug ends there in one sentence, with the line and the command."""
    terminal = grader("check", "12")
    terminal.expect(pexpect.EOF)

    sentence = "The code stopped at a breakpoint: run `grader check 12 --debug` to debug it, or take it out."
    assert sentence in on_one_line(said(terminal))
    assert "exercises/12_bounded_downloads/bounded_downloads.py:10" in said(terminal)


def test_debugging_needs_a_terminal(course):
    """Where output is piped, one sentence says so."""
    done = subprocess.run(
        [sys.executable, "-m", "grader", "check", "12", "--debug", "--lang", "en"],
        cwd=course,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )

    assert done.returncode == 2
    assert done.stderr.strip() == "Error: `grader check --debug` needs a terminal."
