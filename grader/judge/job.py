"""What callers ask of the judge, and what they get back."""

from __future__ import annotations

from typing import Protocol

import msgspec

from grader.rubric import Outcome


class BenchError(Exception):
    """The judge itself failed; nothing is known of the submission. The text is one sentence."""


class Job(msgspec.Struct, frozen=True):
    """One submission to be judged by one hidden suite.

    - `exercise`: the exercise's folder name, such as `12_bounded_downloads`.
    - `suite`: paths of the test files or folders to run.
    - `module`: the name under which `source` is loaded.
    - `points`: what the exercise is worth in all.
    - `weather_seeds`: how many seeds each weather test runs under; `None` is as its marker says.
    - `weather`: the one seed that weather tests run under, instead of several.
    - `input_seed`: what the random inputs of the suite are drawn from.
    - `cpu_seconds`: real processor time after which a submission counts as stuck.
    - `traces`: whether traces of passed tests are wanted too.
    - `tests`: the names of the tests to run; all where there are none.
    - `files`: the test files of a suite that lies on no disk, by the paths at which they would lie.
    """

    exercise: str
    suite: tuple[str, ...]
    module: str
    source: bytes
    points: float
    weather_seeds: int | None
    cpu_seconds: float
    input_seed: int = 0
    weather: int | None = None
    tests: tuple[str, ...] = ()
    traces: bool = True
    files: dict[str, bytes] = {}


class Judge(Protocol):
    """Whoever runs a job: a bench, or a fake in tests."""

    def judge(self, job: Job) -> tuple[Outcome, ...]:
        """An outcome for each test and seed, in the suite's order; raises `BenchError`."""
        ...

    def interrupt(self) -> None:
        """End the job in hand, and any later one, at once with a `BenchError`. May be called from any thread."""
        ...
