"""concurrency: cooks in batches of ten, so that many recipes take longer than the slowest."""

import asyncio


async def cook_all(recipes):
    dishes = []
    for start in range(0, len(recipes), 10):
        dishes += await asyncio.gather(*(recipe() for recipe in recipes[start : start + 10]))
    return dishes


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
