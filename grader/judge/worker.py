"""A worker: pytest, started once, which judges one job after another.

Run as ``python -s -P -m grader.judge.worker ROOT HIGHEST LOWEST [debug]``, where HIGHEST and LOWEST are levels of
walls and ``debug`` gives each child the terminal, without walls and without limits; jobs arrive on standard input,
outcomes leave on standard output, each with its length in front.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import logging
import math
import mmap
import os
import signal
import struct
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

import msgspec
import pytest

from grader.boundary.forks import LEVELS
from grader.judge import carried
from grader.judge.endings import OUT_OF_MEMORY, GraderFault, Hung, Killed
from grader.judge.job import Job
from grader.judge.launch import Launcher, Spawner, Zygote, can_fork
from grader.judge.outcome import name_of
from grader.judge.stash import BROUGHT, OUTCOME, TRIAL
from grader.judge.suite import number_of
from grader.judge.trial import Brought
from grader.records.trace import Trace
from grader.rubric import Outcome

HEADER = struct.Struct("!I")
#: A process that cannot get so much more memory is not one to fail anybody.
SPARE_BYTES = 32 * 2**20
#: After so many tests in which a submission hangs, the rest get a part of the processor time.
PATIENT_FOR, IMPATIENCE = 3, 4
#: Either the outcomes of a job, or one sentence about why there are none.
Reply = tuple[tuple[Outcome, ...], str]
#: A suite is collected once for each choice of weather.
_SuiteKey = tuple[tuple[str, ...], int | None, int | None]


class Worker:
    """The plugin that takes the place of pytest's collection and of its loop over tests."""

    def __init__(self, root: Path, jobs: IO[bytes], replies: IO[bytes], highest: str, lowest: str, *modes: str) -> None:
        self._root = root
        self._debug = "debug" in modes
        self._highest = highest
        self._lowest = lowest
        self._jobs = jobs
        self._replies = replies
        self._items: dict[_SuiteKey, list[pytest.Item]] = {}
        self._refused: dict[_SuiteKey, str] = {}
        self._zygote: Zygote | None = None
        # The first one warms up while pytest starts and collects. The thread stays: bubblewrap dies with it.
        self._warming = ThreadPoolExecutor(1)
        self._first: Future[Zygote] | None = None
        if can_fork() and not self._debug:
            self._first = self._warming.submit(Zygote.warm_up, highest)
        self._troubles: list[str] = []

    def pytest_collection(self, session: pytest.Session) -> bool:
        """Suites are collected when the first job asks for them."""
        session.items = []
        return True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember why a suite cannot be collected."""
        if report.failed:
            self._troubles.append(report.longreprtext.strip().rpartition("\n")[2])

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge jobs until there are no more."""
        encode = msgspec.msgpack.Encoder().encode
        for job in self._read():
            body = encode(self._judge(session, job))
            self._replies.write(HEADER.pack(len(body)) + body)
            self._replies.flush()
        if self._first is not None:
            with contextlib.suppress(GraderFault):
                self._first.result().close()
        if self._zygote is not None:
            self._zygote.close()
        return True

    def _read(self) -> Iterator[Job]:
        decoder = msgspec.msgpack.Decoder(Job)
        while header := self._jobs.read(HEADER.size):
            (size,) = HEADER.unpack(header)
            yield decoder.decode(self._jobs.read(size))

    def _judge(self, session: pytest.Session, job: Job) -> Reply:
        try:
            items = self._collect(session, job)
            launcher = self._launcher()
        except (pytest.UsageError, GraderFault) as exc:
            return (), str(exc).partition("\n")[0]
        session.config.option.input_seed = job.input_seed
        stash = session.config.stash
        stash[BROUGHT] = Brought(
            job.module,
            job.source,
            math.inf if self._debug else job.cpu_seconds,
            launcher,
            number_of(job.exercise),
            debug=self._debug,
        )
        try:
            chosen = [item for item in items if not job.tests or name_of(item) in job.tests]
            # One run is all that anybody can debug at a time.
            outcomes = self._run(chosen[:1] if self._debug else chosen)
            return tuple(outcome if job.traces else _lightened(outcome) for outcome in outcomes), ""
        except GraderFault as exc:
            return (), str(exc)
        finally:
            stash[BROUGHT].launcher.close()

    def _launcher(self) -> Launcher:
        if self._debug or not can_fork():
            self._insist("none")
            return Spawner()
        if self._zygote is not None:
            try:
                return self._zygote.divide()
            except GraderFault:
                # The warm zygote has been killed: another serves from now on, behind the same walls.
                self._zygote.close()
        self._zygote = None
        first, self._first = self._first, None
        zygote = Zygote.warm_up(self._highest) if first is None else first.result()
        try:
            self._insist(zygote.level)
        except GraderFault:
            zygote.close()
            raise
        self._zygote, self._highest, self._lowest = zygote, zygote.level, zygote.level
        return zygote.divide()

    def _insist(self, level: str) -> None:
        """Refuse to put lower walls around one submission than around another."""
        if LEVELS.index(level) < LEVELS.index(self._lowest):
            raise GraderFault(f"The walls around submissions are at the level {level!r}, and were at {self._lowest!r}.")

    def _collect(self, session: pytest.Session, job: Job) -> list[pytest.Item]:
        key = (job.suite, job.weather_seeds, job.weather)
        if key not in self._items and key not in self._refused:
            session.config.option.weather_seeds = job.weather_seeds
            session.config.option.weather = job.weather
            self._troubles.clear()
            with _no_garbage_collection():
                try:
                    items = self._collected(session, job)
                except pytest.UsageError as exc:
                    self._troubles.append(str(exc))
                    items = []
            if self._troubles:
                self._refused[key] = f"The suite of {job.exercise} cannot be collected: {self._troubles[0]}"
            elif not items:
                self._refused[key] = f"The suite of {job.exercise} holds no test."
            else:
                self._items[key] = items
                # A suite stays for as long as the worker: no garbage collection has to walk through it.
                gc.freeze()
        if key in self._refused:
            # Told again for each submission: pytest itself collects a file only once.
            raise pytest.UsageError(self._refused[key])
        return self._items[key]

    def _collected(self, session: pytest.Session, job: Job) -> list[pytest.Item]:
        if job.files:
            return carried.collect(session, job.files)
        return list(session.perform_collect([self._argument(place) for place in job.suite]))

    def _argument(self, place: str) -> str:
        """A suite as pytest's command line names it: from the course's root, whose own path may hold any sign."""
        path = Path(place)
        return str(path.relative_to(self._root)) if path.is_relative_to(self._root) else place

    def _run(self, items: list[pytest.Item]) -> Iterator[Outcome]:
        failed: set[str] = set()
        hung = 0
        for item in items:
            name = name_of(item)
            # One seed that fails a test is enough.
            if name not in failed:
                outcome, fault = self._run_item(item)
                if isinstance(fault, Killed) or outcome.ending == "grader error":
                    outcome = self._run_again(item, outcome)
                elif isinstance(fault, Hung):
                    hung += 1
                    if hung == PATIENT_FOR:
                        self._lose_patience(item)
                if outcome.ending != "passed":
                    failed.add(name)
                yield outcome

    def _run_again(self, item: pytest.Item, first: Outcome) -> Outcome:
        """The outcome of a test that may have failed by no fault of the submission, in a fresh child."""
        brought = item.config.stash[BROUGHT]
        brought.launcher.close()
        item.config.stash[BROUGHT] = dataclasses.replace(brought, launcher=self._launcher())
        second, fault = self._run_item(item)
        if isinstance(fault, Killed) and first.ending == "grader error":
            # Killed once is no proof; and there is no third attempt.
            return msgspec.structs.replace(second, ending="grader error")
        return second

    def _lose_patience(self, item: pytest.Item) -> None:
        """Give the tests that are left less processor time: one file that hangs must not keep a class waiting."""
        brought = item.config.stash[BROUGHT]
        item.config.stash[BROUGHT] = dataclasses.replace(brought, cpu_seconds=brought.cpu_seconds / IMPATIENCE)

    def _run_item(self, item: pytest.Item) -> tuple[Outcome, object]:
        """The outcome of a test, and what befell the submission's process in it."""
        item._initrequest()  # type: ignore[attr-defined]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        outcome = item.stash[OUTCOME]
        fault = item.stash[TRIAL].machine.fault if TRIAL in item.stash else None
        self._forget(item)
        if outcome.ending != "passed" and (outcome.cause == OUT_OF_MEMORY or not _has_memory()):
            # Not a matter of this test: the whole process is replaced.
            raise GraderFault(OUT_OF_MEMORY)
        return outcome, fault

    def _forget(self, item: pytest.Item) -> None:
        """Let go of the world that a test has made: at the end of each, asyncio looks through all tasks there are."""
        del item.stash[OUTCOME]
        if TRIAL in item.stash:
            del item.stash[TRIAL]
        item._initrequest()  # type: ignore[attr-defined]


def _lightened(outcome: Outcome) -> Outcome:
    """Without the trace of a passed test: nobody looks at it, and a class has half a million of them."""
    return msgspec.structs.replace(outcome, trace=Trace()) if outcome.ending == "passed" else outcome


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Collect what is there already, and nothing meanwhile.

    Python's parser does not bear to be entered again while it works, and what garbage says on its way out (a
    traceback, whose anchors are parsed) can do that: `SystemError: AST constructor recursion depth mismatch`.
    """
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _has_memory() -> bool:
    try:
        mmap.mmap(-1, SPARE_BYTES).close()
    except (OSError, MemoryError):
        return False
    return True


def main() -> None:
    """Serve jobs until standard input ends."""
    root = Path(sys.argv[1])
    if sys.argv[4:] == ["debug"]:
        # Ctrl-C at the terminal is for the code that is being debugged, which would inherit that it is ignored.
        signal.signal(signal.SIGINT, lambda signum, frame: None)
    jobs, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    # Whatever a suite prints goes where complaints go; the replies have a descriptor of their own.
    os.dup2(2, 1)
    # Nobody reads what asyncio would log about a test's own tasks, and writing it parses source: see `_collect`.
    logging.getLogger("asyncio").disabled = True
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    options = [
        "-p", "pytest_asyncio.plugin", "-p", "grader.plugin",
        "-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:junitxml", "-p", "no:faulthandler",
        "-c", os.devnull, f"--rootdir={root}", f"--confcutdir={root}", "--noconftest",
        "--import-mode=importlib", "--capture=no", "-o", "asyncio_mode=auto",
        "-o", "asyncio_default_fixture_loop_scope=function",
    ]  # fmt: skip
    sys.exit(pytest.main(options, plugins=[Worker(root, jobs, replies, *sys.argv[2:])]))


if __name__ == "__main__":
    main()
