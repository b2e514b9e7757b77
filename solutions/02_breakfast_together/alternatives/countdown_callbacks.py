"""Done callbacks that lay each dish in its place and count down, and courses that are served by recursion."""

import asyncio
import functools
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

#: A coroutine function without arguments: `await recipe()` cooks for a while and gives the dish.
Recipe = Callable[[], Coroutine[Any, Any, str]]


async def cook_all(recipes: Sequence[Recipe]) -> list[str]:
    """The dishes of `recipes`, in their order, all cooked at the same time."""
    plates: list[str] = [""] * len(recipes)
    missing = len(recipes)
    complete = asyncio.get_running_loop().create_future()

    def lay(place: int, task: asyncio.Task[str]) -> None:
        nonlocal missing
        missing -= 1
        if not task.cancelled():
            plates[place] = task.result()
        if not missing and not complete.done():
            complete.set_result(plates)

    tasks = [asyncio.ensure_future(recipe()) for recipe in recipes]
    for place, task in enumerate(tasks):
        task.add_done_callback(functools.partial(lay, place))
    if not tasks:
        return plates
    try:
        return await complete
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        raise


async def cook_courses(courses: Sequence[Sequence[Recipe]]) -> list[list[str]]:
    """The dishes of each course: one course after another, the dishes of a course together."""
    if not courses:
        return []
    first, *later = courses
    return [await cook_all(first), *await cook_courses(later)]
