"""correctness: keeps its tasks under the names of the recipes, so that two of the same name become one."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

#: A coroutine function without arguments: `await recipe()` cooks for a while and gives the dish.
Recipe = Callable[[], Coroutine[Any, Any, str]]


async def cook_all(recipes: Sequence[Recipe]) -> list[str]:
    """The dishes of `recipes`, in their order, all cooked at the same time."""
    tasks = {recipe.__name__: asyncio.create_task(recipe()) for recipe in recipes}
    await asyncio.gather(*tasks.values())
    return [tasks[recipe.__name__].result() for recipe in recipes]


async def cook_courses(courses: Sequence[Sequence[Recipe]]) -> list[list[str]]:
    """The dishes of each course: one course after another, the dishes of a course together."""
    return [await cook_all(recipes) for recipes in courses]
