"""cancellation: shields the recipes, which go on cooking after the caller has been cancelled."""

import asyncio


async def cook_all(recipes):
    return await asyncio.shield(asyncio.gather(*(recipe() for recipe in recipes)))


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
