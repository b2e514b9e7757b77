"""A small course with one exercise, and a bench that judges submissions to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.judge.bench import Bench
from grader.judge.job import Job
from grader.rubric import Outcome

#: Judge a source by a suite: both as text.
JudgeSource = Callable[..., tuple[Outcome, ...]]

SUITE_HEAD = '''
import asyncio
import random

import aiohttp
import pytest
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

    def judge_source(suite: str, source: str | bytes, *, cpu_seconds: float = 0.5, seeds: int | None = None) -> tuple[Outcome, ...]:
        (hidden / "test_hidden.py").write_text(SUITE_HEAD + suite)
        data = source.encode() if isinstance(source, str) else source
        return made.judge(Job(name, (str(hidden),), "probe", data, 10.0, seeds, cpu_seconds))

    return judge_source
