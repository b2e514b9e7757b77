"""cancellation: leaves the tasks running when `asyncio.wait` is cancelled."""

import asyncio


async def cook_all(recipes):
    tasks = [asyncio.create_task(recipe()) for recipe in recipes]
    if tasks:
        await asyncio.wait(tasks)
    return [task.result() for task in tasks]


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
