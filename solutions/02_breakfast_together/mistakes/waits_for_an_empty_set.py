"""correctness: calls `asyncio.wait` without tasks, which raises ValueError."""

import asyncio


async def cook_all(recipes):
    tasks = [asyncio.create_task(recipe()) for recipe in recipes]
    try:
        await asyncio.wait(tasks)
    finally:
        for task in tasks:
            task.cancel()
    return [task.result() for task in tasks]


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
