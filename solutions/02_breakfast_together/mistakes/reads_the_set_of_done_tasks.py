"""correctness: takes the dishes from the set of done tasks, which has no order."""

import asyncio


async def cook_all(recipes):
    if not recipes:
        return []
    tasks = [asyncio.create_task(recipe()) for recipe in recipes]
    try:
        done, _ = await asyncio.wait(tasks)
        return [task.result() for task in done]
    finally:
        for task in tasks:
            task.cancel()


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
