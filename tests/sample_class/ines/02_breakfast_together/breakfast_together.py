"""cancellation: catches CancelledError and returns what there is."""

import asyncio


async def cook_all(recipes):
    try:
        return await asyncio.gather(*(recipe() for recipe in recipes))
    except asyncio.CancelledError:
        return []


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
