"""cancellation: awaits its tasks one by one, so that cancelling stops only one of them."""

import asyncio


async def cook_all(recipes):
    tasks = [asyncio.create_task(recipe()) for recipe in recipes]
    return [await task for task in tasks]


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
