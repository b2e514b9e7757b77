"""The same job has the same outcomes: in any worker, on a busy machine, today and tomorrow."""

import subprocess
import sys

from grader.judge.bench import Bench

SUITE = '''
@pytest.mark.concurrency
async def test_random_inputs(student, http):
    """Inputs are drawn from `random`."""
    urls = [f"https://shop.test/{random.random()}" for _ in range(20)]
    for url in urls:
        http.get(url, body=str(random.random()), latency=random.uniform(0, 5))
    assert len(await student.fetch_all(urls)) == 20

@pytest.mark.concurrency
@pytest.mark.weather(seeds=3)
async def test_weather(student, http, weather_seed):
    """It fails under some seed, or under none; always the same."""
    for n in range(5):
        http.get(f"https://shop.test/{n}", body=str(n), latency=1)
    done = await student.fetch_all([f"https://shop.test/{n}" for n in range(5)])
    assert done[0] != "3"

@pytest.mark.cancellation
async def test_timeout(student, http):
    """It is cancelled while threads and requests are under way."""
    http.get("https://shop.test/slow", latency=60)
    call = asyncio.create_task(student.fetch_all(["https://shop.test/slow"] * 3))
    await asyncio.sleep(1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

@pytest.mark.correctness
async def test_set(student):
    """A set of objects is walked."""
    assert await student.walk() == []
'''
SOURCE = """
import asyncio
import time
import aiohttp

async def fetch_all(urls):
    done = []
    async with aiohttp.ClientSession() as session:
        async def one(url):
            await asyncio.to_thread(time.sleep, 0.1)
            async with session.get(url) as response:
                done.append(await response.text())
        tasks = {asyncio.create_task(one(url)) for url in urls}
        await asyncio.wait(tasks)
    return done

async def walk():
    tasks = {asyncio.create_task(asyncio.sleep(1, str(n))) for n in range(10)}
    done, _ = await asyncio.wait(tasks)
    return [task.result() for task in done] + sorted({"a", "b", "c"}, key=hash)
"""


def digests(outcomes):
    return [outcome.trace.digest for outcome in outcomes]


def test_outcomes_repeat_in_one_worker(judge):
    """Judged five times by one worker, a job has five times the same outcomes, traces included."""
    first = judge(SUITE, SOURCE)

    assert len(first) >= 4
    assert all(judge(SUITE, SOURCE) == first for _ in range(4))


def test_outcomes_are_the_same_in_other_workers_and_on_a_busy_machine(judge, bench):
    """Another worker, with every core kept busy, finds the same outcomes."""
    _, root = bench
    first = judge(SUITE, SOURCE)
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        with Bench(root) as other:
            elsewhere = [judge(SUITE, SOURCE, bench=other) for _ in range(2)]
    finally:
        for process in busy:
            process.kill()
            process.wait()

    assert elsewhere == [first, first]


def test_random_inputs_repeat_with_their_seed(judge):
    """The inputs of a suite are the same for the same input seed, and others for another."""
    zero, one, again = (judge(SUITE, SOURCE, input_seed=seed)[0] for seed in (0, 1, 1))

    assert one == again
    assert zero.trace.digest != one.trace.digest


def test_tests_draw_inputs_of_their_own(judge):
    """A test's inputs do not depend on the tests that ran before it."""
    draw = '''
@pytest.mark.correctness
async def test_{name}(student):
    """It draws."""
    await student.note(random.random())
'''
    source = "async def note(x):\n    pass\n"
    a, b = judge(draw.format(name="a") + draw.format(name="b"), source)

    assert a.trace.digest != b.trace.digest
