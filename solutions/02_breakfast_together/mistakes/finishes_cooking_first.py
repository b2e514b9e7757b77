"""cancellation: lets the recipes finish before it ends."""

import asyncio


async def cook_all(recipes):
    tasks = [asyncio.create_task(recipe()) for recipe in recipes]
    try:
        if tasks:
            await asyncio.wait(tasks)
    except asyncio.CancelledError:
        await asyncio.gather(*tasks)
        raise
    return [task.result() for task in tasks]


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
