"""Examples: run them with ``pytest exercises/03_three_factorials``."""

import asyncio

import pytest

NUMBERS = {"A": 2, "B": 3, "C": 4}


class Screens:
    """Notes each step that is reported, and when."""

    def __init__(self):
        self.steps = {name: [] for name in NUMBERS}

    def report(self, name, factor, product):
        self.steps[name].append((asyncio.get_running_loop().time(), factor, product))


@pytest.mark.correctness
async def test_factorial_is_exact(student):
    """A factorial is exact, however many digits it has."""
    screens = Screens()

    assert await student.factorial("A", 21, screens.report) == 51_090_942_171_709_440_000


@pytest.mark.concurrency
async def test_timetable(student):
    """The screens go as in the timetable of the README."""
    screens = Screens()

    results = await student.collect(student.start_all(NUMBERS, screens.report))

    assert screens.steps == {
        "A": [(1, 2, 2)],
        "B": [(1, 2, 2), (2, 3, 6)],
        "C": [(1, 2, 2), (2, 3, 6), (3, 4, 24)],
    }
    assert results == {"A": 2, "B": 6, "C": 24}
    assert asyncio.get_running_loop().time() == 3.0


@pytest.mark.cancellation
async def test_stopped_screen_is_left_out(student):
    """A task that is cancelled shows no further step and has no result; the others go on."""
    screens = Screens()

    tasks = student.start_all(NUMBERS, screens.report)
    await asyncio.sleep(1.5)
    tasks["B"].cancel()

    assert await student.collect(tasks) == {"A": 2, "C": 24}
    assert screens.steps["B"] == [(1, 2, 2)]
