"""The pytest plugin: fixtures and markers of suites, and the verdict on each test.

Installed, it changes nothing for tests that belong to no exercise.
"""

from __future__ import annotations

import asyncio
import inspect
import random
import sys
from collections.abc import Callable, Generator, Mapping

import pytest
from pytest_asyncio.plugin import PytestAsyncioFunction

from grader.judge import exactness
from grader.judge.diagnosis import one_after_another
from grader.judge.http import Http
from grader.judge.launch import Launcher, Spawner, Zygote, can_fork
from grader.judge.outcome import Comparison, Verdict, dimension_of, outcome, verdict_on
from grader.judge.stash import BROUGHT, OUTCOME, TRIAL
from grader.judge.student import Sandbox, Student
from grader.judge.suite import Belongs, exercise_of, number_of
from grader.judge.trial import Brought, Trial
from grader.judge.world import JudgeMachine
from grader.records.results import DIMENSIONS
from grader.reports.failure import failure_text
from grader.reports.legible import legible
from grader.rubric import Outcome
from grader.simulation import Programs, SimulatedLoop

BELONGS = pytest.StashKey[Belongs | None]()
COMPARISON = pytest.StashKey[Comparison | None]()
MACHINE = pytest.StashKey[JudgeMachine]()
LAUNCHER = pytest.StashKey[Launcher]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("grader", "exercises judged in virtual time")
    group.addoption(
        "--weather-seeds",
        type=int,
        default=None,
        metavar="N",
        help="run each weather test under N seeds, whatever its marker says",
    )

    group.addoption(
        "--weather",
        type=int,
        default=None,
        metavar="SEED",
        help="run each weather test under this seed alone: a failure names the seed that repeats it",
    )
    group.addoption(
        "--input-seed",
        type=int,
        default=0,
        metavar="N",
        help="draw the random inputs of suites from seed N",
    )


def pytest_configure(config: pytest.Config) -> None:
    for dimension in DIMENSIONS:
        config.addinivalue_line("markers", f"{dimension}(points=1): what a test of a suite scores for.")
    config.add_cleanup(exactness.install(config))
    config.addinivalue_line("markers", "weather(seeds=10): run the test under that many perturbations.")


def pytest_unconfigure(config: pytest.Config) -> None:
    if LAUNCHER in config.stash:
        config.stash[LAUNCHER].close()


def _belongs(item: pytest.Item) -> Belongs | None:
    if BELONGS not in item.stash:
        item.stash[BELONGS] = exercise_of(item.path)
    return item.stash[BELONGS]


@pytest.hookimpl(trylast=True)
def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    if exercise_of(item.path) is None:
        return {"asyncio": asyncio.new_event_loop}
    return {"simulated": lambda: SimulatedLoop(config.stash[MACHINE])}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("weather")
    if marker is not None and "weather_seed" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("weather_seeds")
        count = marker.kwargs.get("seeds", 10) if wanted is None else wanted
        alone = metafunc.config.getoption("weather")
        seeds = range(1, count + 1) if alone is None else [alone]
        metafunc.parametrize("weather_seed", seeds, indirect=True, ids=lambda seed: f"seed{seed}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _belongs(item) is not None:
            dimension_of(item)


def pytest_collection_finish(session: pytest.Session) -> None:
    # The event loop comes as a parameter that no name shows. VS Code's explorer takes each test that has parameters
    # for one that shows them, and fails; where nothing is run, they are not needed.
    for item in session.items if session.config.option.collectonly else ():
        if hasattr(item, "callspec") and "[" not in item.name:
            del item.callspec


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if _belongs(item) is not None:
        _insist_on_awaiting(item)
        item.config.stash[MACHINE] = JudgeMachine()
        # A suite draws its inputs from `random`: new for each test and seed, the same in each run.
        item.config.stash[COMPARISON] = None
        random.seed(f"{item.config.getoption('input_seed')} {item.path.parent.name} {item.name}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    if TRIAL in item.stash:
        # Before the event loop is closed, so that what is cancelled there concerns nobody else.
        item.stash[TRIAL].end()


def _insist_on_awaiting(item: pytest.Item) -> None:
    function = getattr(item, "obj", None)
    is_async = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    if is_async and not isinstance(item, PytestAsyncioFunction):
        raise pytest.UsageError(f'{item.nodeid}: nobody awaits this test; set asyncio_mode = "auto".')


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> None:
    config.stash[COMPARISON] = Comparison(op, left, right)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if _belongs(item) is None or OUTCOME in item.stash:
        return report
    if call.when == "call" or call.excinfo is not None:
        item.stash[OUTCOME] = result = _outcome(item, call)
        report.outcome = "passed" if result.ending == "passed" else "failed"
        report.longrepr = None if result.ending == "passed" else legible(failure_text(result), _encoding())
    return report


def _encoding() -> str:
    """The encoding of the terminal, which pytest's own capturing hides."""
    return getattr(sys.__stdout__, "encoding", None) or "utf-8"


def _outcome(item: pytest.Item, call: pytest.CallInfo[None]) -> Outcome:
    trial = item.stash.get(TRIAL, None)
    machine = trial.machine if trial is not None else None
    try:
        verdict = verdict_on(call.excinfo, machine, item.config.stash.get(COMPARISON, None))
    except Exception as exc:
        verdict = Verdict("grader error", f"The grader failed: {type(exc).__name__}.")
    if trial is None:
        return outcome(item, verdict, machine, seed=None, notes=())
    notes = trial.notes() if verdict.ending != "passed" else []
    if verdict.ending == "rejected" and dimension_of(item)[0] == "concurrency":
        notes += one_after_another(trial.machine.recorder.trace())
    # What is printed is whole when the child is gone.
    trial.end()
    return outcome(item, verdict, machine, seed=trial.seed or None, notes=notes, printed=trial.printed())


def _brought(item: pytest.Item) -> Brought:
    """What the test is run against: the bench's job, else the file beside the examples."""
    if BROUGHT in item.config.stash:
        return item.config.stash[BROUGHT]
    belongs = _belongs(item)
    assert belongs is not None
    if not belongs.source.is_file():
        pytest.fail(f"{belongs.source.name} is missing in {belongs.folder.name}.", pytrace=False)
    if LAUNCHER not in item.config.stash:
        item.config.stash[LAUNCHER] = Zygote.warm_up() if can_fork() else Spawner()
    return Brought(
        belongs.module,
        belongs.source.read_bytes(),
        belongs.cpu_seconds,
        item.config.stash[LAUNCHER],
        exercise=number_of(belongs.folder.name),
    )


@pytest.fixture
def weather_seed(request: pytest.FixtureRequest) -> int:
    """The weather of this run; 0 is fair."""
    return int(getattr(request, "param", 0))


# Only what has to wait needs the event loop: each turn of one costs time in every test.
@pytest.fixture
def trial(request: pytest.FixtureRequest, weather_seed: int) -> Trial:
    """The world of this test."""
    made = Trial(request.config.stash[MACHINE], _brought(request.node), weather_seed)
    request.node.stash[TRIAL] = made
    return made


@pytest.fixture
async def student(trial: Trial) -> Student:
    """The submission: ``await student.fetch_all(urls, limit=3)``."""
    return await trial.student()


@pytest.fixture
def sandbox(trial: Trial, student: Student) -> Sandbox:
    """The submission's process: things made there, what is left there, cancellation at each await."""
    return trial.sandbox()


@pytest.fixture
def http(trial: Trial) -> Http:
    """Mocked HTTP, declared as with aioresponses; ``latency=`` in virtual seconds."""
    return trial.http


@pytest.fixture
def programs(trial: Trial) -> Programs:
    """The programs that the submission can start: ``programs.add("convert", script)``."""
    return trial.machine.programs
