"""concurrency: begins the next course when the last recipe of the list is ready, not the last dish."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

#: A coroutine function without arguments: `await recipe()` cooks for a while and gives the dish.
Recipe = Callable[[], Coroutine[Any, Any, str]]


async def cook_all(recipes: Sequence[Recipe]) -> list[str]:
    """The dishes of `recipes`, in their order, all cooked at the same time."""
    return await asyncio.gather(*(recipe() for recipe in recipes))


async def cook_courses(courses: Sequence[Sequence[Recipe]]) -> list[list[str]]:
    """The dishes of each course: one course after another, the dishes of a course together."""
    dinner = []
    async with asyncio.TaskGroup() as kitchen:
        for recipes in courses:
            course = [kitchen.create_task(recipe()) for recipe in recipes]
            dinner.append(course)
            if course:
                await course[-1]
    return [[task.result() for task in course] for course in dinner]
