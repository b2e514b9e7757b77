"""`grader watch` in a real terminal, with the real judge."""

import os
import re
import shutil
import sys
from pathlib import Path

import pexpect
import pytest

STYLE = r"(?:\x1b\[[0-9;]*[A-Za-z])*"
ROOT = Path(__file__).parents[2]
SOLUTION = ROOT / "solutions/12_bounded_downloads/bounded_downloads.py"


@pytest.fixture
def course(tmp_path):
    """Two exercises of the real course, in a folder of their own."""
    exercises = tmp_path / "exercises"
    exercises.mkdir()
    shutil.copy(ROOT / "exercises/course.toml", exercises)
    for name in ("12_bounded_downloads", "13_work_queue"):
        shutil.copytree(ROOT / "exercises" / name, exercises / name)
    return tmp_path


@pytest.fixture
def terminal(course):
    """`grader watch` at its first screen."""
    environment = {**os.environ, "LANG": "en_US.UTF-8", "NO_COLOR": "1", "TERM": "xterm"}
    environment.pop("CI", None)
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "grader", "watch", "12"],
        cwd=str(course),
        env=environment,
        encoding="utf-8",
        dimensions=(50, 100),
        timeout=60,
    )
    terminal.first = screen(terminal)
    yield terminal
    terminal.close(force=True)


def screen(terminal):
    """The words of the next screen, up to its line of keys."""
    terminal.expect(rf"q{STYLE} quit")
    return re.sub(STYLE, "", terminal.before)


def test_a_save_repaints_and_moves_on(terminal, course):
    """The first screen shows the failure; a right file is checked as it is saved, and the next exercise is shown."""
    assert "Too many downloads were running at once." in terminal.first

    shutil.copyfile(SOLUTION, course / "exercises/12_bounded_downloads/bounded_downloads.py")

    shown = screen(terminal)
    assert "Everything passes. Next: `grader show 13`." in shown
    assert "exercises/13_work_queue/work_queue.py" in shown


def test_keys_do_what_they_say(terminal):
    """h shows a hint, l the map, t a timeline; q ends with a sentence."""
    terminal.send("h")
    assert "Who counts the downloads" in screen(terminal)
    terminal.send("l")
    assert "Coordination" in screen(terminal)
    terminal.send("t")
    assert "GET /posters/0" in screen(terminal)
    terminal.send("q")
    terminal.expect(pexpect.EOF)
    assert "Go on at any time with `grader watch`." in terminal.before
