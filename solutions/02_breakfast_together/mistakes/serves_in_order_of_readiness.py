"""correctness: returns the dishes in the order in which they are ready."""

import asyncio


async def cook_all(recipes):
    tasks = [asyncio.create_task(recipe()) for recipe in recipes]
    try:
        return [await dish for dish in asyncio.as_completed(tasks)]
    finally:
        for task in tasks:
            task.cancel()


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
