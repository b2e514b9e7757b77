"""Examples: run them with ``pytest exercises/35_tiny_loop``.

The coroutines are written here. `sandbox.coroutine(...)` gives them to the loop as coroutines to drive; in their
bodies, `sandbox.there(...)` awaits what is in `tiny_loop.py`.
"""

import asyncio

import pytest


@pytest.mark.correctness
async def test_tasks_keep_results_and_exceptions(student, sandbox):
    """A task gives the value that its coroutine returned, or raises what it raised; the loop goes on."""
    loop = student.TinyLoop()

    async def returns():
        await sandbox.there(student.tiny_sleep, 2)
        return "tea"

    async def raises():
        await sandbox.there(student.tiny_sleep, 1)
        raise ValueError("no milk")

    bad, good = loop.spawn(sandbox.coroutine(raises())), loop.spawn(sandbox.coroutine(returns()))
    loop.run()

    assert (bad.done(), good.done()) == (True, True)
    assert good.result() == "tea"
    with pytest.raises(ValueError, match="no milk"):
        bad.result()


@pytest.mark.concurrency
async def test_timetable(student, sandbox):
    """The coroutines go on at the times, and in the order, of the README's timetable."""
    loop = student.TinyLoop()
    seen = []

    async def sleeper(name, *naps):
        seen.append((loop.now, name))
        for seconds in naps:
            await sandbox.there(student.tiny_sleep, seconds)
            seen.append((loop.now, name))

    async def visitor():
        seen.append((loop.now, "guest"))
        await sandbox.there(eggs)
        seen.append((loop.now, "guest"))

    loop.spawn(sandbox.coroutine(sleeper("tea", 3)))
    eggs = loop.spawn(sandbox.coroutine(sleeper("eggs", 1, 2)))
    loop.spawn(sandbox.coroutine(visitor()))
    loop.run()

    assert seen == [(0, "tea"), (0, "eggs"), (0, "guest"), (1, "eggs"), (3, "tea"), (3, "eggs"), (3, "guest")]
    assert asyncio.get_running_loop().time() == 0.0, "The loop has waited for real."


@pytest.mark.cancellation
async def test_cancelled_sleep_ends_at_once(student, sandbox):
    """A sleep of an hour that is cancelled at 2 ends at 2, and the loop does not wait for its end."""
    loop = student.TinyLoop()
    seen = []

    async def sleeper():
        try:
            await sandbox.there(student.tiny_sleep, 3600)
        finally:
            seen.append(loop.now)

    async def waker():
        await sandbox.there(student.tiny_sleep, 2)
        sleeping.cancel()

    sleeping = loop.spawn(sandbox.coroutine(sleeper()))
    loop.spawn(sandbox.coroutine(waker()))
    loop.run()

    assert seen == [2]
    assert loop.now == 2
    with pytest.raises(sandbox.error("Cancelled")):
        sleeping.result()
