"""Each dish is put in the place that was laid for it, whenever it is ready."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

#: A coroutine function without arguments: `await recipe()` cooks for a while and gives the dish.
Recipe = Callable[[], Coroutine[Any, Any, str]]


async def cook_all(recipes: Sequence[Recipe]) -> list[str]:
    """The dishes of `recipes`, in their order, all cooked at the same time."""
    table = [""] * len(recipes)
    async with asyncio.TaskGroup() as kitchen:
        for place, recipe in enumerate(recipes):
            kitchen.create_task(_serve(recipe, table, place))
    return table


async def _serve(recipe: Recipe, table: list[str], place: int) -> None:
    table[place] = await recipe()


async def cook_courses(courses: Sequence[Sequence[Recipe]]) -> list[list[str]]:
    """The dishes of each course: one course after another, the dishes of a course together."""
    dinner: list[list[str]] = []
    for recipes in courses:
        dinner.append(await cook_all(recipes))
    return dinner
