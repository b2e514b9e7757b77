"""correctness: leaves out the courses that have no recipes."""

import asyncio


async def cook_all(recipes):
    return await asyncio.gather(*(recipe() for recipe in recipes))


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses if recipes]
