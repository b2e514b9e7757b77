"""The student's whole way on systems without `fork`: Windows, macOS, or wherever GRADER_NO_FORK=1 asks for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).parents[2]
#: Tasks alone, HTTP, threads, TCP, programs.
EXERCISES = ("02_breakfast_together", "12_bounded_downloads", "19_off_the_loop", "25_tcp_proxy", "27_process_runner")
FIRST = "02_breakfast_together"
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_ADDOPTS", "PYTHONUTF8")},
    "GRADER_NO_FORK": "1",
    "LANG": "en_US.UTF-8",
    "NO_COLOR": "1",
    "COLUMNS": "100",
}


@pytest.fixture
def course(tmp_path):
    """A few exercises of the real course, in a folder such as people have."""
    root = tmp_path / "Köhler's files" / "练习 [2]"
    exercises = root / "exercises"
    exercises.mkdir(parents=True)
    shutil.copy(ROOT / "exercises/course.toml", exercises)
    for name in EXERCISES:
        shutil.copytree(ROOT / "exercises" / name, exercises / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\nasyncio_mode = "auto"\n', "utf-8")
    return root


@pytest.fixture(scope="module")
def windows_python(tmp_path_factory):
    """A Python that looks like one on Windows, in each of its processes, and has the packages of this one."""
    home = tmp_path_factory.mktemp("windows")
    venv.create(home, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    shutil.copy(Path(__file__).with_name("as_on_windows.py"), packages)
    own = sysconfig.get_path("purelib")
    (packages / "windows.pth").write_text(f"import site; site.addsitedir({own!r})\nimport as_on_windows\n", "utf-8")
    return str(home / "bin/python")


@pytest.fixture
def grader(course):
    """Run `grader …` in the course's folder."""

    def run(*arguments, python=sys.executable, encoding="utf-8", **variables):
        command = [python, "-m", "grader", *arguments]
        environment = {**ENVIRONMENT, "PYTHONIOENCODING": encoding, **variables}
        done = subprocess.run(command, cwd=course, env=environment, capture_output=True, check=False)
        done.text = done.stdout.decode(encoding) + done.stderr.decode(encoding)
        assert "Traceback" not in done.text
        return done

    return run


def solve(course, name):
    """Put the reference solution in the stub's place."""
    file = f"{name}/{name.partition('_')[2]}.py"
    shutil.copyfile(ROOT / "solutions" / file, course / "exercises" / file)


def test_the_first_exercise_from_the_map_to_the_end(grader, course):
    """The map, a failing check, hint, timeline, a right answer, and the map again."""
    assert "then run `grader check 2`." in grader().text
    failing = grader("check", "2")
    assert failing.returncode == 1
    assert "do not pass yet" in failing.text
    assert "█" in failing.text
    assert "1 of 3 hints shown" in grader("hint", "2").text
    assert "█" in grader("timeline", "2", "timetable").text

    solve(course, FIRST)
    passing = grader("check", f"exercises/{FIRST}/breakfast_together.py")

    assert passing.returncode == 0, passing.text
    assert passing.text.rstrip().endswith("Everything passes. Next: `grader show 12`.")
    assert "■" in grader().text


def test_everything_is_checked_at_once(grader, course):
    """Solutions that use HTTP, programs, threads and TCP pass, several at a time."""
    for name in EXERCISES:
        solve(course, name)

    result = grader("check", "--all")

    assert result.returncode == 0, result.text
    assert "every exercise of the course is done" in result.text


def test_examples_run_as_on_windows(grader, course, windows_python):
    """Nothing that a student runs needs a module, a function or a signal that Windows lacks."""
    for name in EXERCISES[1:]:
        solve(course, name)

    result = grader("check", "--all", python=windows_python, GRADER_NO_FORK="")

    assert result.returncode == 1, result.text
    assert "1 exercise is not done yet: go on with `grader check 2`." in result.text
    assert "grader error" not in result.text


def test_the_imitation_lacks_what_windows_lacks(windows_python, tmp_path):
    """The Python of the test above refuses what it should: to the grader's own modules, not to libraries."""
    (tmp_path / "exercises").mkdir()
    probe = tmp_path / "exercises" / "probe.py"
    probe.write_text(
        "import os, signal, sys, time\n"
        "try:\n    import fcntl\nexcept ImportError:\n    fcntl = None\n"
        "assert fcntl is None and sys.platform == 'win32'\n"
        "for module, name in ((os, 'fork'), (os, 'pidfd_open'), (signal, 'SIGKILL'), (time, 'clock_gettime')):\n"
        "    assert not hasattr(module, name), name\n"
        "assert signal.SIGTERM and os.replace and time.monotonic\n",
        "utf-8",
    )
    command = [windows_python, "-c", "import exercises.probe, fcntl, os; os.fork"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("source", "ending", "said"),
    [
        ("async def main(:\n", "raised", "line 1"),
        ("import asyncio\n\n\nasync def cook_all(recipes):\n    await asyncio.Event().wait()\n", "stuck", "deadlock"),
        ("raise SystemExit(3)\n", "raised", "SystemExit"),
        ("", "raised", "is empty"),
    ],
    ids=["no Python", "hangs", "exits", "empty"],
)
def test_what_is_wrong_is_said_in_words(grader, course, windows_python, source, ending, said):
    """A file that cannot be loaded, that waits for ever, that ends its process: a sentence, never a traceback."""
    (course / "exercises" / FIRST / "breakfast_together.py").write_text(source, "utf-8")

    result = grader("check", "2", python=windows_python)

    assert result.returncode == 1
    assert ending in result.text
    assert said in result.text, result.text


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
def test_editors_on_windows_may_save_as_they_like(grader, course, bom):
    """Line ends of two characters and a byte order mark change nothing, in a stub as well as in the other files."""
    solve(course, FIRST)
    for path in (course / "exercises").rglob("*.*"):
        path.write_bytes(bom + path.read_bytes().replace(b"\n", b"\r\n"))

    assert grader("check", "2").returncode == 0
    shown = grader("show", "2").text
    assert "\ufeff" not in shown
    assert "\r\r" not in shown


def test_a_file_in_another_encoding_is_told(grader, course):
    """PowerShell's `>` writes UTF-16, and old editors write the country's code page: the file is named."""
    stub = course / "exercises" / FIRST / "breakfast_together.py"
    stub.write_bytes(stub.read_text("utf-8").encode("utf-16"))

    result = grader("check", "2")

    assert result.returncode == 1
    assert "breakfast_together.py is not UTF-8 text (line 1): save it with the encoding UTF-8." in result.text


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "gbk"])
def test_any_console_shows_what_it_can(grader, course, encoding):
    """An output that lacks characters gets plain ones, in English where it lacks Chinese."""
    chinese = encoding == "gbk"
    for arguments in ((), ("check", "12"), ("hint", "12"), ("timeline", "12"), ("show", "12")):
        result = grader(*arguments, encoding=encoding, LANG="zh_CN.UTF-8")
        assert result.returncode == (1 if "check" in arguments else 0), result.text
        assert bool(re.search("[\u4e00-\u9fff]", result.text)) is chinese, result.text
    asked = grader("show", "12", "--lang", "zh-CN", encoding=encoding)
    assert asked.returncode == (0 if chinese else 2)
    if not chinese:
        assert asked.text == (
            f"Error: The output cannot show zh-CN, because its encoding is {encoding}: "
            "set PYTHONUTF8=1 in the environment, or give --lang en.\n"
        )
    drawn = grader("timeline", "12", "timetable", encoding=encoding).text
    assert re.search(r"(?m)^GET /posters/0 +(?:#{20,}|█{20,})$", drawn), drawn


def test_weather_is_played_again(grader, course):
    """One seed repeats a run, in a fresh interpreter as well."""
    (first, second) = (grader("play", "12", "--weather", "7") for _ in range(2))

    assert first.text == second.text
    assert first.returncode == second.returncode


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_plain_pytest_runs_the_examples(course, windows_python, encoding):
    """`pytest` says what `grader check` says, in the characters that the terminal has."""
    solve(course, FIRST)
    done = subprocess.run(
        [
            windows_python,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            f"exercises/{FIRST}",
            "exercises/12_bounded_downloads",
        ],
        cwd=course,
        env={**ENVIRONMENT, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    text = done.stdout.decode(encoding)

    assert done.returncode == 1
    assert re.search(r"= 1 failed, \d+ passed in ", text), text
    assert re.search(r"(?m)^GET /posters/0 +(?:#{20,}|█{20,})$", text), text


def test_watch_checks_on_each_save(course):
    """In a terminal: the failure, a save, the next exercise, a key."""
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "grader", "watch", "12"],
        cwd=str(course),
        env={**ENVIRONMENT, "TERM": "xterm"},
        encoding="utf-8",
        dimensions=(50, 100),
        timeout=120,
    )
    try:
        terminal.expect_exact("Too many downloads were running at once.")
        terminal.expect_exact("quit")
        solve(course, "12_bounded_downloads")
        terminal.expect_exact("Everything passes. Next: `grader show 19`.")
        terminal.expect_exact("quit")
        terminal.send("q")
        terminal.expect_exact("Go on at any time with `grader watch`.")
        terminal.expect(pexpect.EOF)
    finally:
        terminal.close(force=True)
