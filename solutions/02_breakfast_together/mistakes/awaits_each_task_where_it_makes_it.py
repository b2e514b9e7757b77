"""concurrency: makes a task for each recipe, and awaits it before it makes the next."""

import asyncio


async def cook_all(recipes):
    dishes = []
    for recipe in recipes:
        task = asyncio.create_task(recipe())
        dishes.append(await task)
    return dishes


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
