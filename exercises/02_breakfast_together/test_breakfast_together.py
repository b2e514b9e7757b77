"""Examples: run them with ``pytest exercises/02_breakfast_together``."""

import asyncio

import pytest


def recipe(dish: str, seconds: float, cooked: dict[str, tuple[float, float]] | None = None):
    """A recipe that takes `seconds`, and notes in `cooked` from when to when it was cooking."""

    async def cook() -> str:
        started = asyncio.get_running_loop().time()
        await asyncio.sleep(seconds)
        if cooked is not None:
            cooked[dish] = started, asyncio.get_running_loop().time()
        return dish

    cook.__name__ = dish
    return cook


@pytest.mark.correctness
async def test_dishes_come_in_the_order_of_the_recipes(student):
    """The dishes are in the order of the recipes, whichever is ready first."""
    dishes = await student.cook_all([recipe("eggs", 3), recipe("toast", 1), recipe("coffee", 2)])

    assert dishes == ["eggs", "toast", "coffee"]


@pytest.mark.concurrency
async def test_breakfast_takes_as_long_as_its_slowest_dish(student):
    """All recipes cook at the same time."""
    await student.cook_all([recipe("eggs", 3), recipe("toast", 1), recipe("coffee", 2)])

    assert asyncio.get_running_loop().time() == 3.0


@pytest.mark.concurrency
async def test_timetable(student):
    """The dishes of a course cook together, the courses one after another."""
    cooked: dict[str, tuple[float, float]] = {}
    courses = [("soup", 2), ("bread", 1)], [("rice", 1), ("fish", 3)]

    await student.cook_courses([[recipe(dish, seconds, cooked) for dish, seconds in course] for course in courses])

    assert cooked == {"soup": (0, 2), "bread": (0, 1), "rice": (2, 3), "fish": (2, 5)}
    assert asyncio.get_running_loop().time() == 5.0


@pytest.mark.cancellation
async def test_cancelling_stops_the_kitchen(student):
    """When the caller is cancelled, the call ends at that moment."""
    call = asyncio.create_task(student.cook_all([recipe("eggs", 3), recipe("toast", 1)]))
    await asyncio.sleep(1.5)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert asyncio.get_running_loop().time() == 1.5
