"""The hidden suite of exercise 02."""

import asyncio
import random

import pytest


def now() -> float:
    return asyncio.get_running_loop().time()


class Kitchen:
    """Makes recipes, and notes when each is started, ready or stopped; `cooking` are those under way."""

    def __init__(self) -> None:
        self.dishes: dict[str, str] = {}
        self.called: list[str] = []
        self.cooking: list[str] = []
        self.started: dict[str, float] = {}
        self.ready: dict[str, float] = {}
        self.stopped: dict[str, float] = {}

    def recipe(self, name: str, seconds: float, title: str = ""):
        """A recipe that takes `seconds`, and gives a dish that nobody can have foreseen.

        Several recipes can have the same `title`, which is the name of their function.
        """
        self.dishes[name] = f"{name} {random.randrange(10_000)}"

        async def cook() -> str:
            self.called.append(name)
            self.cooking.append(name)
            self.started[name] = now()
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                self.stopped[name] = now()
                raise
            finally:
                self.cooking.remove(name)
            self.ready[name] = now()
            return self.dishes[name]

        cook.__name__ = title or name
        return cook

    def recipes(self, **seconds: float):
        return [self.recipe(name, each) for name, each in seconds.items()]


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


@pytest.mark.correctness(points=2)
@pytest.mark.weather(seeds=5)
async def test_dishes_come_in_the_order_of_the_recipes(student, kitchen):
    """The dishes are in the order of the recipes, whichever is ready first."""
    first, *others = random.sample(range(1, 7), 6)
    recipes = kitchen.recipes(eggs=8, toast=first, coffee=7)
    recipes += [kitchen.recipe(f"pancake_{number}", seconds, "pancake") for number, seconds in enumerate(others)]

    assert await student.cook_all(recipes) == list(kitchen.dishes.values())


@pytest.mark.correctness(points=1)
async def test_each_recipe_is_called_once(student, kitchen):
    """Each recipe is called exactly once; a recipe that comes twice is called twice."""
    eggs, toast = kitchen.recipes(eggs=3, toast=1)
    dinner = [kitchen.recipes(soup=2, bread=1), kitchen.recipes(rice=1)]

    breakfast = await student.cook_all([eggs, toast, eggs])
    await student.cook_courses(dinner)

    assert sorted(kitchen.called) == ["bread", "eggs", "eggs", "rice", "soup", "toast"]
    assert breakfast == [kitchen.dishes[name] for name in ("eggs", "toast", "eggs")]


@pytest.mark.correctness(points=2)
async def test_each_course_has_a_list_of_its_own(student, kitchen):
    """The dishes of each course are in a list of their own, in the order of the courses."""
    dinner = [kitchen.recipes(soup=random.randint(2, 9)), kitchen.recipes(fish=4, rice=1, beans=2)]
    dishes = kitchen.dishes

    served = await student.cook_courses(dinner)

    assert served == [[dishes["soup"]], [dishes["fish"], dishes["rice"], dishes["beans"]]]


@pytest.mark.correctness(points=1)
async def test_no_recipes_make_an_empty_list(student):
    """Without recipes the result is an empty list, at once."""
    assert await student.cook_all([]) == []
    assert now() == 0.0


@pytest.mark.correctness(points=1)
async def test_course_without_recipes_is_an_empty_list(student, kitchen):
    """A course without recipes is an empty list that takes no time, and a dinner may have no courses."""
    assert await student.cook_courses([]) == []
    assert await student.cook_courses([[], kitchen.recipes(rice=1), []]) == [[], [kitchen.dishes["rice"]], []]
    assert now() == 1.0


@pytest.mark.concurrency(points=2)
async def test_all_recipes_start_at_once(student, kitchen):
    """All recipes start at once, and the call takes as long as the slowest."""
    slowest = float(random.randint(4, 9))

    await student.cook_all(kitchen.recipes(eggs=slowest, toast=1, coffee=2))

    assert kitchen.started == {"eggs": 0.0, "toast": 0.0, "coffee": 0.0}
    assert now() == slowest


@pytest.mark.concurrency(points=1)
async def test_many_recipes_take_as_long_as_one(student, kitchen):
    """Fifty recipes of one second each, cooked together, take one second."""
    recipes = [kitchen.recipe(f"pancake_{number}", 1) for number in range(50)]

    await student.cook_all(recipes)

    assert now() == 1.0


@pytest.mark.concurrency(points=2)
async def test_dishes_of_a_course_cook_together(student, kitchen):
    """All dishes of a course start together."""
    slowest = float(random.randint(4, 9))

    await student.cook_courses([kitchen.recipes(soup=2, bread=slowest, salad=3)])

    assert kitchen.started == {"soup": 0.0, "bread": 0.0, "salad": 0.0}
    assert now() == slowest


@pytest.mark.concurrency(points=2)
async def test_next_course_starts_when_the_last_dish_is_ready(student, kitchen):
    """A course starts when the last dish of the course before is ready: no earlier and no later."""
    slowest = float(random.randint(3, 9))
    dinner = [
        kitchen.recipes(bread=1, soup=slowest, salad=2),
        kitchen.recipes(fish=3, rice=1),
        kitchen.recipes(tea=1),
    ]

    await student.cook_courses(dinner)

    starts = {name: kitchen.started.get(name) for name in ("fish", "rice", "tea")}
    assert starts == {"fish": slowest, "rice": slowest, "tea": slowest + 3}


@pytest.mark.cancellation(points=2)
async def test_cancelling_stops_what_is_cooking(student, kitchen):
    """When the caller is cancelled, the recipes that are cooking are cancelled at that moment."""
    call = asyncio.create_task(student.cook_all(kitchen.recipes(toast=1, eggs=3, coffee=2, tea=9)))
    await asyncio.sleep(1.5)
    call.cancel()
    await asyncio.sleep(30)

    assert kitchen.stopped == {"eggs": 1.5, "coffee": 1.5, "tea": 1.5}


@pytest.mark.cancellation(points=1)
@pytest.mark.parametrize("function", ["cook_all", "cook_courses"])
async def test_cancelled_call_ends_at_once(student, kitchen, function):
    """A cancelled call ends at that moment, with CancelledError."""
    recipes = kitchen.recipes(eggs=3, toast=1, coffee=2)

    call = asyncio.create_task(getattr(student, function)(recipes if function == "cook_all" else [recipes]))
    await asyncio.sleep(1.5)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert now() == 1.5


@pytest.mark.cancellation(points=2)
async def test_cancelled_dinner_stops(student, kitchen):
    """When a dinner is cancelled, the course that cooks is cancelled and the later courses never start."""
    dinner = [kitchen.recipes(soup=2, bread=1), kitchen.recipes(fish=3, rice=1, beans=2), kitchen.recipes(tea=1)]

    call = asyncio.create_task(student.cook_courses(dinner))
    await asyncio.sleep(3.5)
    call.cancel()
    await asyncio.sleep(30)

    assert kitchen.stopped == {"fish": 3.5, "beans": 3.5}
    assert sorted(kitchen.ready) == ["bread", "rice", "soup"]
    assert "tea" not in kitchen.started


@pytest.mark.cancellation(points=1)
async def test_cancelled_at_any_await_leaves_nothing_cooking(student, sandbox, kitchen):
    """Wherever the call is cancelled, nothing is left cooking."""
    dinner = [kitchen.recipes(soup=2, bread=1), kitchen.recipes(fish=3, rice=1)]

    async for attempt in sandbox.cancel_at_each_await(student.cook_courses, dinner):
        where = f"The call was cancelled while it waited in line {attempt.line}."
        assert attempt.outcome == "cancelled", where
        assert kitchen.cooking == [], where
