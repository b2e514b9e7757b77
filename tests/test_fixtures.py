"""The fixtures have types that can be imported, so that editors and mypy know what each offers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import grader.fixtures
import grader.plugin

SUITE = """
from typing import assert_type

import pytest
from grader.fixtures import Attempt, Http, Program, Programs, Request, Sandbox, Student, Trial


@pytest.mark.correctness
async def test_everything(
    student: Student, sandbox: Sandbox, http: Http, programs: Programs, trial: Trial, weather_seed: int
) -> None:
    http.get("https://shop.test/", body="x", latency=1)
    session = await sandbox.session(connector={"limit": 2})
    await student.fetch(session)
    assert_type(http.log, list[Request])
    assert_type(http.log[0].ended, float | None)
    assert_type(http.in_flight, int)
    assert_type(await sandbox.leftovers(), list[str])
    async for attempt in sandbox.cancel_at_each_await(student.fetch, session):
        assert_type(attempt, Attempt)
    assert_type(programs.started, list[Program])
"""
MISSPELT = """
from grader.fixtures import Http, Sandbox


async def test_nothing(http: Http, sandbox: Sandbox) -> None:
    http.get("https://shop.test/", latncy=1)
    await sandbox.leftover()
    http.peak_in_fligth
"""


def mypy(folder: Path, source: str) -> str:
    (folder / "test_suite.py").write_text(source, "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file=", "test_suite.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_an_annotated_suite_is_understood(tmp_path: Path) -> None:
    """A suite that is annotated with the public types satisfies mypy, strictly."""
    assert mypy(tmp_path, SUITE) == ""


def test_a_misspelt_name_is_seen(tmp_path: Path) -> None:
    """Options of routes, methods and attributes are known by name."""
    lines = mypy(tmp_path, MISSPELT).splitlines()

    assert [line.partition(": error: ")[0] for line in lines if "error" in line] == [
        f"test_suite.py:{number}" for number in (6, 7, 8)
    ]


def test_each_fixture_gives_what_its_type_says() -> None:
    """The types to annotate with are those that the plugin's fixtures are declared to give."""
    tree = ast.parse(Path(grader.plugin.__file__).read_text("utf-8"))
    given = {
        node.name: ast.unparse(node.returns)
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and any(ast.unparse(decorator) == "pytest.fixture" for decorator in node.decorator_list)
        and node.returns is not None
    }

    assert set(given) >= {"student", "sandbox", "http", "programs", "trial", "weather_seed"}
    assert set(given.values()) - {"int"} <= {*grader.fixtures.__all__}
