"""concurrency: cooks all courses at the same time."""

import asyncio


async def cook_all(recipes):
    return await asyncio.gather(*(recipe() for recipe in recipes))


async def cook_courses(courses):
    return await asyncio.gather(*(cook_all(recipes) for recipes in courses))
