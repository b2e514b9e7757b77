"""concurrency: awaits each recipe before it starts the next."""

import asyncio


async def cook_all(recipes):
    dishes = []
    for recipe in recipes:
        dishes.append(await recipe())
    return dishes


async def cook_courses(courses):
    return [await cook_all(recipes) for recipes in courses]
