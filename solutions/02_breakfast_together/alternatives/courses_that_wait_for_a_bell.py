"""Tasks for all recipes of the dinner from the beginning, which wait until the bell of their course rings."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

#: A coroutine function without arguments: `await recipe()` cooks for a while and gives the dish.
Recipe = Callable[[], Coroutine[Any, Any, str]]


class Course:
    """The recipes of a course, the bell that lets them begin, and the dishes that are ready."""

    def __init__(self, recipes: Sequence[Recipe]) -> None:
        self.recipes = recipes
        self.bell = asyncio.Event()
        self.dishes: dict[int, str] = {}
        self.ready = asyncio.Event()
        if not recipes:
            self.ready.set()

    async def cook(self, number: int) -> None:
        await self.bell.wait()
        self.dishes[number] = await self.recipes[number]()
        if len(self.dishes) == len(self.recipes):
            self.ready.set()

    async def waiter(self, before: "Course | None") -> None:
        """Rings the bell when the course before is ready."""
        if before is not None:
            await before.ready.wait()
            await before.bell.wait()
        self.bell.set()

    def served(self) -> list[str]:
        return [self.dishes[number] for number in range(len(self.recipes))]


async def cook_all(recipes: Sequence[Recipe]) -> list[str]:
    """The dishes of `recipes`, in their order, all cooked at the same time."""
    [dishes] = await cook_courses([recipes])
    return dishes


async def cook_courses(courses: Sequence[Sequence[Recipe]]) -> list[list[str]]:
    """The dishes of each course: one course after another, the dishes of a course together."""
    dinner = [Course(recipes) for recipes in courses]
    async with asyncio.TaskGroup() as kitchen:
        for before, course in zip([None, *dinner], dinner):
            kitchen.create_task(course.waiter(before))
            for number in range(len(course.recipes)):
                kitchen.create_task(course.cook(number))
    return [course.served() for course in dinner]
