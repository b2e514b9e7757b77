"""The same program runs the same way in every process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.simulation import Machine

ROOT = Path(__file__).parents[2]
PREAMBLE = """
import asyncio, hashlib, sys
from grader.simulation import Machine, SimulatedLoop

log = []

async def worker(n):
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        log.append(n)
        raise
"""
POSTSCRIPT = """
seed = int(sys.argv[1])
with asyncio.Runner(loop_factory=lambda: SimulatedLoop(Machine(seed=seed))) as runner:
    runner.run(main())
print(log)
"""
PROGRAMS = {
    "a TaskGroup that is aborted": """
async def main():
    async def fail():
        await asyncio.sleep(1)
        raise ValueError
    try:
        async with asyncio.TaskGroup() as group:
            for n in range(300):
                group.create_task(worker(n))
            group.create_task(fail())
    except* ValueError:
        pass
""",
    "what a Runner cancels at its end": """
async def main():
    global tasks
    tasks = [asyncio.create_task(worker(n)) for n in range(300)]
    await asyncio.sleep(1)
""",
    "the sets of asyncio.wait": """
async def main():
    tasks = [asyncio.create_task(asyncio.sleep(n % 7, n)) for n in range(300)]
    done, pending = await asyncio.wait(tasks, timeout=3.5)
    log.extend(task.result() for task in done)
    log.append("pending")
    log.extend(tasks.index(task) for task in pending)
    for task in pending:
        task.cancel()
""",
    "as_completed of coroutines": """
async def main():
    async def job(n):
        await asyncio.sleep(n % 5)
        return n
    for coroutine in asyncio.as_completed([job(n) for n in range(300)]):
        log.append(await coroutine)
""",
    "a set of futures": """
async def main():
    loop = asyncio.get_running_loop()
    futures = {loop.create_future(): n for n in range(300)}
    log.extend(futures[future] for future in set(futures))
""",
    "threads, timers and connections": """
import random, threading, time
async def main():
    loop = asyncio.get_running_loop()
    lock = threading.Lock()
    def work(n):
        time.sleep(n % 3)
        with lock:
            time.sleep(0.1)
            log.append(("thread", n, time.monotonic()))
    async def answer(reader, writer):
        log.append(("server", await reader.readline(), loop.time()))
        writer.close()
    async with await asyncio.start_server(answer, "a.test", 1):
        async def call(n):
            await asyncio.sleep(n % 4)
            reader, writer = await asyncio.open_connection("a.test", 1)
            writer.write(b"%d\\n" % n)
            await reader.read()
            log.append(("client", n, loop.time()))
            writer.close()
        await asyncio.gather(*(asyncio.to_thread(work, n) for n in range(40)), *(call(n) for n in range(40)))
""",
}


def output_of(program, seed=0, clutter=0):
    """What `program` prints in a fresh process, whose environment has `clutter` more bytes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CLUTTER": "x" * clutter}
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + program + POSTSCRIPT, str(seed)],
        capture_output=True, text=True, timeout=60, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_order_is_the_same_in_every_process(program):
    """Neither addresses nor the environment change the order of anything."""
    outputs = {output_of(program, clutter=clutter) for clutter in (0, 1000, 7777)}

    assert len(outputs) == 1
    assert len(outputs.pop()) > 300


@pytest.mark.parametrize("name", ["a TaskGroup that is aborted", "the sets of asyncio.wait", "a set of futures"])
def test_a_seed_changes_the_order_of_sets(name):
    """Another seed gives another order where asyncio promises none, and the same seed the same."""
    assert output_of(PROGRAMS[name], seed=5) == output_of(PROGRAMS[name], seed=5)
    assert output_of(PROGRAMS[name], seed=5) != output_of(PROGRAMS[name], seed=0)


def test_numbers_are_unique_under_every_seed():
    """No two tasks of a machine share their hash."""
    machine = Machine(seed=12345)
    numbers = [machine.next_serial() for _ in range(10_000)]

    assert len(set(numbers)) == 10_000
