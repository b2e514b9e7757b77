"""Run one module of CPython's own asyncio tests on the simulated loop.

    python tests/simulation/conformance.py test_tasks

The last line of the output is JSON: how many tests ran, on how many simulated loops, and what went wrong.
The loop is supplied through asyncio's default policy, because the tests put the policy itself back.
"""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import os
import selectors
import sys
import threading
import time
import unittest
from asyncio import unix_events
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from grader.simulation import SimulatedLoop

_IS_311 = sys.version_info < (3, 12)
_WAIT_FOR = (
    "asserts how wait_for() was made before Python 3.12, with a task of its own; "
    "a simulated loop has the later wait_for() on 3.11 too, see asyncio_fixes.py"
)
#: Test and the reason why it cannot pass. It is run all the same, and must fail.
EXCLUDED: dict[str, str] = {
    "test_runners.RunnerTests.test_interrupt_call_soon": (
        "spins in sleep(0) until a timer interrupts it: that takes no virtual time, and ends as a Livelock"
    ),
}
if _IS_311:
    EXCLUDED["test_waitfor.AsyncioWaitForTest.test_wait_for_self_cancellation"] = _WAIT_FOR
    EXCLUDED["test_futures2.FutureReprTests.test_recursive_repr_for_pending_tasks"] = _WAIT_FOR

#: How many loops were made, so that a run on some other loop is noticed.
made = 0


class CountedLoop(SimulatedLoop):
    """The loop under test."""

    def __init__(self) -> None:
        global made
        super().__init__()
        made += 1


#: Real seconds for which a loop with a real network waits for it before time jumps.
GRACE = 0.1


class GraceSelector(selectors.DefaultSelector):
    """Gives the real network a moment, then lets virtual time pass."""

    def __init__(self, wait) -> None:
        super().__init__()
        self._wait = wait

    def select(self, timeout=None):
        events = super().select(0)
        if not events and timeout != 0:
            events = super().select(GRACE)
        if not events:
            self._wait(timeout)
        return events


class RealNetworkLoop(CountedLoop):
    """The loop under test with its clock and its tasks, but with the real network.

    test_streams speaks to real servers in real threads, through sockets and pipes that it makes itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self._selector = GraceSelector(self._wait)
        asyncio.SelectorEventLoop._make_self_pipe(self)


for _name in """
    _close_self_pipe _write_to_self getaddrinfo getnameinfo sock_connect create_connection create_server
    start_tls create_datagram_endpoint connect_read_pipe connect_write_pipe create_unix_connection
    create_unix_server connect_accepted_socket add_reader add_writer remove_reader remove_writer sock_accept
    sock_recv sock_recv_into sock_sendall add_signal_handler remove_signal_handler
    subprocess_exec
""".split():
    setattr(RealNetworkLoop, _name, getattr(asyncio.SelectorEventLoop, _name))


def simulate_mock_loops(module) -> None:
    """Give the simulated loop to tests that would make a loop of mocks, where its clock is not in the way."""
    utils = importlib.import_module("test.test_asyncio.utils")

    class Loop(CountedLoop):
        def advance_time(self, seconds: float) -> None:
            self.machine.now += seconds

    real_new_test_loop = utils.TestCase.new_test_loop

    def new_test_loop(test, gen=None):
        if gen is not None:
            return real_new_test_loop(test, gen)
        loop = Loop()
        test.set_event_loop(loop)
        return loop

    utils.TestCase.new_test_loop = new_test_loop

    def new_loop(test):
        loop = CountedLoop()
        loop.shutdown_ag_run = False

        async def shutdown_asyncgens():
            loop.shutdown_ag_run = True

        loop.shutdown_asyncgens = shutdown_asyncgens
        return loop

    def set_up(test):
        utils.TestCase.setUp(test)
        test.loop = CountedLoop()
        test.set_event_loop(test.loop)

    if module.__name__.endswith("test_runners"):
        module.BaseTest.new_loop = new_loop
    if module.__name__.endswith("test_pep492"):
        module.BaseTest.setUp = set_up


def tests_in(suite: unittest.TestSuite) -> list[unittest.TestCase]:
    """The single tests of a suite of suites."""
    found: list[unittest.TestCase] = []
    for item in suite:
        found += tests_in(item) if isinstance(item, unittest.TestSuite) else [item]
    return found


def patched_functions() -> tuple[object, ...]:
    """What a running machine exchanges, and must put back."""
    return (
        time.sleep, time.time, time.monotonic, threading.Lock, threading.RLock, threading.Thread.join,
        asyncio.wait_for, asyncio.as_completed,
    )  # fmt: skip


def run(name: str) -> dict[str, object]:
    """Run a module of `test.test_asyncio`."""
    unix_events._UnixDefaultEventLoopPolicy._loop_factory = RealNetworkLoop if name == "test_streams" else CountedLoop
    originals = patched_functions()
    module = importlib.import_module(f"test.test_asyncio.{name}")
    if name != "test_streams":
        simulate_mock_loops(module)
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    excluded = {key.removeprefix(f"{name}.") for key in EXCLUDED if key.startswith(f"{name}.")}
    known = {test.id().split(f"{name}.", 1)[1] for test in tests_in(suite)}
    problems = [f"{key} is excluded but does not exist" for key in sorted(excluded - known)]

    result = unittest.TextTestRunner(stream=io.StringIO(), verbosity=0).run(suite)
    failed = {test.id().split(f"{name}.", 1)[-1]: text for test, text in result.failures + result.errors}
    problems += [f"{test}:\n{text}" for test, text in failed.items() if test not in excluded]
    problems += [f"{test} is excluded but passes" for test in sorted((excluded & known) - failed.keys())]
    if patched_functions() != originals:
        problems.append("The machine left patched functions behind.")
    threads = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if threads:
        problems.append(f"Threads are left behind: {threads}.")
    return {
        "run": result.testsRun,
        "skipped": len(result.skipped),
        "excluded": len(excluded),
        "loops": made,
        "problems": problems,
    }


if __name__ == "__main__":
    report = run(sys.argv[1])
    # Mocks in the tests' own modules must not keep what they print away from the caller.
    mock.patch.stopall()
    print(json.dumps(report))
