"""cancellation: serves the dinner in a task of its own, and cancels the course on the stove but not that task."""

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
    on_the_stove: list[asyncio.Task[list[str]]] = []

    async def serve() -> list[list[str]]:
        for recipes in courses:
            on_the_stove.append(asyncio.create_task(cook_all(recipes)))
            await asyncio.wait(on_the_stove)
        return [task.result() for task in on_the_stove]

    dinner = asyncio.create_task(serve())
    try:
        return await asyncio.shield(dinner)
    except asyncio.CancelledError:
        for course in on_the_stove:
            course.cancel()
        raise
