"""Installed, the plugin gives the tests of an exercise their world, and leaves all others alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

EXAMPLES = '''
import asyncio

import pytest


@pytest.mark.concurrency(points=2)
async def test_downloads_overlap(student, http):
    """Downloads run side by side."""
    for n in range(3):
        http.get(f"https://shop.test/{n}", body=str(n), latency=1)

    await student.fetch_all([f"https://shop.test/{n}" for n in range(3)])

    assert asyncio.get_running_loop().time() == 1


@pytest.mark.correctness
async def test_returns_bodies(student, http):
    """The bodies come back in order."""
    http.get("https://shop.test/", body="x")

    assert await student.fetch_all(["https://shop.test/"]) == ["x"]


@pytest.mark.correctness
async def test_programs_are_there(student, programs, sandbox):
    """All fixtures exist."""
    assert programs.started == []
    assert await sandbox.leftovers() == []
'''
ONE_BY_ONE = """
import aiohttp


async def fetch_all(urls):
    bodies = []
    async with aiohttp.ClientSession() as session:
        for url in urls:
            async with session.get(url) as response:
                bodies.append(await response.text())
                print("got", url)
    return bodies
"""
ORDINARY = '''
import asyncio
import time


async def test_ordinary_loop():
    """The loop is asyncio's own, and its clock is the real one."""
    loop = asyncio.get_running_loop()
    before = time.monotonic()
    await asyncio.sleep(0.01)

    assert type(loop).__module__.startswith("asyncio")
    assert time.monotonic() > before


def test_plain():
    assert {"a": 1} == {"a": 1}


def test_fails():
    assert [1, 2] == [1, 3]
'''


@pytest.fixture
def course(tmp_path):
    """A small course on disk with one exercise, and an ordinary test beside it."""
    folder = tmp_path / "exercises" / "01_fetch_all"
    folder.mkdir(parents=True)
    (folder / "exercise.toml").write_text('title = "Fetch all"\n')
    (folder / "fetch_all.py").write_text(ONE_BY_ONE)
    (folder / "test_fetch_all.py").write_text(EXAMPLES)
    (tmp_path / "test_ordinary.py").write_text(ORDINARY)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\nasyncio_mode = "auto"\naddopts = ["--import-mode=importlib"]\n'
    )
    return tmp_path


def run(root, *arguments):
    """Run pytest as a student does; the result's text is on `stdout`."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *arguments],
        cwd=root,
        env=environment | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_examples_of_an_exercise_run_under_plain_pytest(course):
    """A failing example shows its sentence, what was expected, the timeline, and nothing of the grader's code."""
    result = run(course, "exercises/01_fetch_all")

    assert "1 failed, 2 passed" in result.stdout
    assert "Downloads run side by side." in result.stdout
    assert "expected  1" in result.stdout
    assert "got       3.0" in result.stdout
    assert "The 3 requests of `fetch_all` ran one after another" in result.stdout
    assert "      2 s │ got https://shop.test/1\n" in result.stdout
    assert "GET /2" in result.stdout
    assert "█" in result.stdout
    for leak in ("Traceback", "grader/", "Error in sys.excepthook", "INTERNALERROR", "student.fetch_all"):
        assert leak not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("async def fetch_all(urls:\n", "The file has a syntax error in line 1"),
        ("", "The file fetch_all.py is empty."),
        (None, "fetch_all.py is missing in 01_fetch_all."),
        ("async def fetch_all(urls):\n    raise ValueError('no')\n", "The code raised ValueError: no."),
        ("import os\nasync def fetch_all(urls):\n    os._exit(0)\n", "The code ended its own process"),
        ("async def fetch_all(urls):\n    breakpoint()\n", "run `grader check 1 --debug` to debug it"),
    ],
    ids=["syntax error", "empty", "missing", "raises", "exits", "breakpoint"],
)
def test_whatever_is_wrong_with_the_file_is_one_sentence(course, source, sentence):
    """A file that cannot be run is told in a sentence, without a traceback."""
    file = course / "exercises" / "01_fetch_all" / "fetch_all.py"
    file.unlink() if source is None else file.write_text(source)
    result = run(course, "exercises/01_fetch_all", "-k", "returns")

    assert sentence in result.stdout
    assert " passed" not in result.stdout
    for leak in ("Traceback", "grader/", "INTERNALERROR"):
        assert leak not in result.stdout + result.stderr


def test_tests_that_belong_to_no_exercise_are_left_alone(course):
    """Ordinary tests keep their loop, their names and pytest's own reports."""
    result = run(course, "test_ordinary.py", "-v", "-p", "no:randomly")

    assert "test_ordinary.py::test_ordinary_loop PASSED" in result.stdout
    assert "1 failed, 2 passed" in result.stdout
    assert "At index 1 diff: 2 != 3" in result.stdout


def test_both_kinds_run_in_one_session(course):
    """Ordinary tests and those of exercises do not disturb each other."""
    result = run(course, "-q", "test_ordinary.py", "exercises")

    assert "2 failed, 4 passed" in result.stdout


def test_a_test_that_nobody_awaits_is_an_error(course):
    """With asyncio_mode strict, an async test earns nothing: it is reported by name, not passed over."""
    result = run(course, "exercises/01_fetch_all", "-o", "asyncio_mode=strict")

    assert "nobody awaits this test" in " ".join(result.stdout.split())
    assert " passed" not in result.stdout


def test_inputs_follow_the_seed_that_is_asked_for(course):
    """`--input-seed` gives a suite other inputs, and the same ones again."""
    (course / "exercises" / "01_fetch_all" / "test_fetch_all.py").write_text(
        "import random\nimport pytest\n\n@pytest.mark.correctness\nasync def test_draw(student):\n"
        '    """It draws."""\n    assert random.random() == 2\n'
    )
    first, again, other = (run(course, "exercises", f"--input-seed={seed}").stdout for seed in (1, 1, 2))

    def got(text):
        return next(line for line in text.splitlines() if line.strip().startswith("got "))

    assert got(first) == got(again) != got(other)


def test_the_project_s_own_exercise_runs_in_a_copy(tmp_path):
    """A folder of the real course, copied elsewhere with its configuration, is judged there."""
    name = "12_bounded_downloads"
    shutil.copytree(ROOT / "exercises" / name, tmp_path / "exercises" / name)
    shutil.copy(ROOT / "solutions" / name / "bounded_downloads.py", tmp_path / "exercises" / name)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    result = run(tmp_path, f"exercises/{name}", "-q")

    assert result.returncode == 0, result.stdout
