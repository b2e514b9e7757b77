"""What the README shows is true: its picture, its rejection, its outputs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.judge.bench import Bench
from grader.judge.job import Job
from grader.reports.failure import failure_text
from grader.reports.timeline_svg import timeline_svg
from grader.rubric import Outcome

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "tests" / "readme" / "limit.svg"
EXERCISE = "12_bounded_downloads"
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def two_runs() -> tuple[Outcome, Outcome]:
    """The example `test_timetable` of exercise 12, run on its stub and on its solution."""
    folder = ROOT / "exercises" / EXERCISE
    slug = EXERCISE.partition("_")[2]
    outcomes = []
    with Bench(ROOT) as bench:
        for source in (folder / f"{slug}.py", ROOT / "solutions" / EXERCISE / f"{slug}.py"):
            suite = (str(folder / f"test_{slug}.py"),)
            judged = bench.judge(Job(EXERCISE, suite, slug, source.read_bytes(), 10.0, None, 2.0))
            outcomes.append(next(outcome for outcome in judged if outcome.name == "test_timetable"))
    return outcomes[0], outcomes[1]


def picture(rejected: Outcome, passed: Outcome) -> str:
    """Two timelines, one above the other, each with a line that says which it is."""
    y, parts = 0, []
    for outcome, ident, title in (
        (rejected, "stub", "All at once: rejected, 4 in flight where 2 are allowed"),
        (passed, "solution", "Two at a time: passed"),
    ):
        drawn = timeline_svg(outcome.trace, ident=ident)
        size = re.search(r'viewBox="0 0 (\d+) (\d+)"', drawn)
        assert size is not None
        height = int(size[2])
        parts.append(f'<text x="12" y="{y + 18}" class="heading">{title}</text>')
        parts.append(drawn.replace("<svg ", f'<svg y="{y + 28}" ', 1))
        y += height + 44
    style = (
        "<style>.heading { font: 600 14px system-ui, sans-serif; fill: #1b2430 }"
        "@media (prefers-color-scheme: dark) { .heading { fill: #e6ebf1 } }</style>"
    )
    inner = "\n".join(parts)
    size = f'viewBox="0 0 800 {y}" width="800" height="{y}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{style}\n{inner}\n</svg>\n'


def test_the_picture_is_of_a_real_run(
    two_runs: tuple[Outcome, Outcome], matches_golden: Callable[[Path, str], None]
) -> None:
    """The picture in the tree is what the kit draws today of the stub and of the solution."""
    matches_golden(PICTURE, picture(*two_runs))


def test_the_rejection_is_what_a_student_reads(two_runs: tuple[Outcome, Outcome]) -> None:
    """The rejection in the README is the kit's own text."""
    rejected, passed = two_runs
    shown = "\n".join(line.rstrip() for line in failure_text(rejected, width=72).rstrip().splitlines())

    assert passed.ending == "passed"
    assert shown in README


def test_the_scoreboard_is_the_sample_class(sample_results: Path, tmp_path: Path) -> None:
    """The scoreboard in the README is what the first command prints."""
    command = [sys.executable, "-m", "grader", "grade", "tests/sample_class", "--out", str(tmp_path)]
    command += ["--ledger", str(sample_results / "ledger.sqlite")]
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=environment)
    printed = [line.rstrip() for line in done.stdout.splitlines()]

    shown = re.search(r"```text\n(?P<board>.*?)\n```", README, re.DOTALL)

    assert shown is not None
    board = shown["board"].splitlines()
    start = printed.index(board[0])
    assert printed[start : start + len(board)] == board


def test_every_link_leads_somewhere() -> None:
    """The files that the README and the other pages link to exist."""
    for page in (ROOT / "README.md", ROOT / "grader" / "DESIGN.md", ROOT / "tests" / "README.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), (page.name, target)
