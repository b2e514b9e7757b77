"""Examples: run them with ``pytest exercises/02_breakfast_together``."""

import asyncio

import pytest


def recipe(dish: str, seconds: float):
    """A recipe that takes `seconds`; the timeline shows it by the name of its dish."""

    async def cook() -> str:
        await asyncio.sleep(seconds)
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
async def test_courses_follow_each_other(student):
    """The dishes of a course cook together, the courses one after another."""
    dinner = [[recipe("soup", 2), recipe("bread", 1)], [recipe("rice", 1), recipe("fish", 3)]]

    assert await student.cook_courses(dinner) == [["soup", "bread"], ["rice", "fish"]]
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
