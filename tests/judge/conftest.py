"""A small course with one exercise, and a bench that judges submissions to it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.judge.bench import Bench
from grader.judge.job import Job
from grader.reports.failure import failure_text
from grader.rubric import Outcome

#: Judge a source by a suite: both as text.
JudgeSource = Callable[..., tuple[Outcome, ...]]

SUITE_HEAD = """
import asyncio
import random

import aiohttp
import pytest
"""

CLAIM = '''
def now():
    return asyncio.get_running_loop().time()


@pytest.mark.correctness
async def test_claim(student, sandbox, http, programs, trial):
    """The claim holds."""
'''


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, Path]]:
    """A bench, and the root of the course it works in."""
    root = tmp_path_factory.mktemp("course")
    with Bench(root) as made:
        yield made, root


@pytest.fixture
def judge(bench: tuple[Bench, Path], request: pytest.FixtureRequest) -> JudgeSource:
    """Judge `source` by `suite`, in an exercise of this test's own."""
    made, root = bench
    number = len(list(root.glob("exercises/*"))) + 1
    name = f"{number:02}_probe"
    folder, hidden = root / "exercises" / name, root / "tests" / "hidden" / name
    folder.mkdir(parents=True)
    hidden.mkdir(parents=True)
    (folder / "exercise.toml").write_text("")

    def judge_source(
        suite: str,
        source: str | bytes,
        *,
        cpu_seconds: float = 0.5,
        seeds: int | None = None,
        input_seed: int = 0,
        bench: Bench = made,
    ) -> tuple[Outcome, ...]:
        (hidden / "test_hidden.py").write_text(SUITE_HEAD + suite)
        data = source.encode() if isinstance(source, str) else source
        return bench.judge(Job(name, (str(hidden),), "probe", data, 10.0, seeds, cpu_seconds, input_seed))

    return judge_source


@pytest.fixture
def holds(judge: JudgeSource) -> Callable[[str, str], None]:
    """Assert that a test of a suite, given by its body, passes with this source."""

    def prove(body: str, source: str) -> None:
        (outcome,) = judge(CLAIM + textwrap.indent(textwrap.dedent(body), "    "), textwrap.dedent(source))
        assert outcome.ending == "passed", failure_text(outcome)

    return prove
