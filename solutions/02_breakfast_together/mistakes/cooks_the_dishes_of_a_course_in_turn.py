"""concurrency: cooks the dishes of a course one after another."""

import asyncio


async def cook_all(recipes):
    return await asyncio.gather(*(recipe() for recipe in recipes))


async def cook_courses(courses):
    return [[await recipe() for recipe in recipes] for recipes in courses]
