"""correctness: cooks every recipe a second time to get at the dishes."""

import asyncio


async def cook_all(recipes):
    await asyncio.gather(*(recipe() for recipe in recipes))
    return list(await asyncio.gather(*(recipe() for recipe in recipes)))


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
