"""CPython's own asyncio tests pass on the simulated loop."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).with_name("conformance.py")
MODULES = """
    test_tasks test_locks test_queues test_taskgroups test_timeouts test_waitfor test_runners test_futures
    test_futures2 test_pep492 test_threads test_context test_streams
""".split()
#: Further interpreters that have the kit's dependencies, separated as in PATH:
#: GRADER_PYTHONS=/a/python3.12:/b/python3.13
PYTHONS = [sys.executable, *filter(None, os.environ.get("GRADER_PYTHONS", "").split(os.pathsep))]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("module", MODULES)
def test_cpythons_own_tests_pass(module, python):
    """Each test of CPython's module passes on the simulated loop, but for those excluded by name."""
    if python == sys.executable:
        assert importlib.util.find_spec("test.test_asyncio"), (
            "This Python comes without its own tests (test.test_asyncio): install them, on Debian with "
            "'apt install libpython3-testsuite', or use a Python from python.org, pyenv or uv."
        )

    done = subprocess.run([python, RUNNER, module], capture_output=True, text=True, timeout=120, cwd=RUNNER.parent)

    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["problems"] == []
    assert report["run"] > 0
    assert report["loops"] > 0


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("AsyncioWaitForTest.test_nosuch", "is excluded but does not exist"),
        ("AsyncioWaitForTest.test_asyncio_wait_for_cancelled", "is excluded but passes"),
    ],
)
def test_needless_exclusions_are_noticed(name, complaint):
    """Excluding a test that does not exist, or that passes, is a problem of its own."""
    program = f"""
import conformance
conformance.EXCLUDED["test_waitfor.{name}"] = "no reason"
print(conformance.run("test_waitfor")["problems"])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=RUNNER.parent
    )

    assert f"{name} {complaint}" in done.stdout
