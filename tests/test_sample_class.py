"""The sample class is graded as an instructor would, and always with the same result."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: What may differ between two gradings: real time, and the machine.
OF_THE_MACHINE = ("machine", "real_seconds")


def grade(out: Path) -> dict[str, object]:
    """Grade the sample class with the command of the README; the parsed results."""
    command = [sys.executable, "-m", "grader", "grade", "tests/sample_class", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((out / "results.json").read_text("utf-8"))


def without_the_machine(value: object) -> object:
    """`value` without the fields that record real time or the machine."""
    if isinstance(value, dict):
        return {key: without_the_machine(item) for key, item in value.items() if key not in OF_THE_MACHINE}
    return [without_the_machine(item) for item in value] if isinstance(value, list) else value


@pytest.fixture
def graded(sample_results: Path) -> tuple[Path, dict[str, object]]:
    """The class, graded once."""
    return sample_results, json.loads((sample_results / "results.json").read_text("utf-8"))


@pytest.fixture
def busy_cores() -> Iterator[None]:
    """Keep all cores busy meanwhile."""
    import os

    spinners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    yield
    for spinner in spinners:
        spinner.kill()
        spinner.wait()


def test_the_scores_are_those_expected(graded: tuple[Path, dict[str, object]]) -> None:
    """Each submission gets the points that expected.json says, for each exercise."""
    _, result = graded
    expected = json.loads((Path(__file__).parent / "sample_class" / "expected.json").read_text("utf-8"))

    scores = {
        student["student"]: {exercise["exercise"]: exercise["earned"] for exercise in student["exercises"]}
        for student in result["students"]
    }

    assert scores == expected


def test_a_busy_machine_changes_nothing(
    graded: tuple[Path, dict[str, object]], tmp_path: Path, busy_cores: None
) -> None:
    """Graded again with all cores kept busy, the class has identical results, traces included."""
    out, first = graded

    second = grade(tmp_path)

    for again, before in zip(second["students"], first["students"], strict=True):
        for exercise, exercise_before in zip(again["exercises"], before["exercises"], strict=True):
            assert without_the_machine(exercise) == without_the_machine(exercise_before), again["student"]
    assert (tmp_path / "scores.csv").read_bytes() == (out / "scores.csv").read_bytes()


def test_no_failure_shows_the_grader_itself(graded: tuple[Path, dict[str, object]]) -> None:
    """Every failed test has a cause or facts, in words, without a traceback or a path of the grader."""
    _, result = graded

    for student in result["students"]:
        for exercise in student["exercises"]:
            for test in exercise["tests"]:
                assert test["ending"] != "grader error", (student["student"], test)
                if test["ending"] != "passed":
                    assert test["cause"] or test["facts"], (student["student"], test["name"])
                text = json.dumps([test["cause"], test["facts"], test["notes"]])
                assert "Traceback" not in text
                assert "grader/" not in text


def test_every_student_has_a_page(graded: tuple[Path, dict[str, object]]) -> None:
    """The index links to a page for each student."""
    out, result = graded
    index = (out / "index.html").read_text("utf-8")

    for student in result["students"]:
        assert f"students/{student['student']}.html" in index
        assert (out / "students" / f"{student['student']}.html").stat().st_size > 1000
