"""correctness: returns the tasks rather than what they give."""

import asyncio


async def cook_all(recipes):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(recipe()) for recipe in recipes]
    return tasks


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
