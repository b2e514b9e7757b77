"""A task group runs the recipes of a course together; a loop runs the courses in order."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

#: A coroutine function without arguments: `await recipe()` cooks for a while and gives the dish.
Recipe = Callable[[], Coroutine[Any, Any, str]]


async def cook_all(recipes: Sequence[Recipe]) -> list[str]:
    """The dishes of `recipes`, in their order, all cooked at the same time."""
    async with asyncio.TaskGroup() as kitchen:
        tasks = [kitchen.create_task(recipe()) for recipe in recipes]
    return [task.result() for task in tasks]


async def cook_courses(courses: Sequence[Sequence[Recipe]]) -> list[list[str]]:
    """The dishes of each course: one course after another, the dishes of a course together."""
    return [await cook_all(recipes) for recipes in courses]
